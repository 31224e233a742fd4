import { type CommandDef, defineCommand, renderUsage } from "citty";
import { stripVTControlCharacters } from "node:util";
import { type Options, type Parsed, parseArguments, type Positional, toArgs } from "./options.ts";

/** A command of the line: what it is told, what it does, and how that is explained. */
export type Command = {
  readonly name: string;
  readonly definition: CommandDef;
  /** The usage, with examples. `args` are those that help was asked with. */
  help(parent: CommandDef, args: readonly string[]): Promise<string>;
  run(args: readonly string[]): Promise<void>;
};

type CommandSpec<T extends Options> = {
  readonly name: string;
  readonly description: string;
  readonly positionals?: readonly Positional[];
  readonly options: T;
  /** A command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  run(parsed: Parsed<T>): Promise<void>;
};

/** The usage text of a command, in colour on a terminal only. */
export async function usage(definition: CommandDef, parent?: CommandDef): Promise<string> {
  const text = await renderUsage(definition, parent);
  const plain = process.stdout.isTTY && !process.env.NO_COLOR ? text : stripVTControlCharacters(text);
  return plain.replace(/[ ]+$/gm, "");
}

export function command<const T extends Options>({ name, description, positionals = [], options, examples, run }: CommandSpec<T>): Command {
  const definition = defineCommand({ meta: { name, description }, args: toArgs(options, positionals) }) as CommandDef;
  return {
    name,
    definition,
    async help(parent) {
      const lines = examples.map(([line, purpose]) => `  ${line}\n      ${purpose}`);
      return `${await usage(definition, parent)}\nEXAMPLES\n\n${lines.join("\n")}\n`;
    },
    run: (args) => run(parseArguments(args, options, positionals)),
  };
}
