import { defineCommand, type CommandDef } from "citty";
import { closest } from "fastest-levenshtein";
import { type Command, usage } from "./command.ts";
import { UserError } from "./user-error.ts";

type GroupSpec = {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly Command[];
};

/** Commands under one name: `refrain study memory`. */
export function commandGroup({ name, description, commands }: GroupSpec): Command {
  const subCommands = Object.fromEntries(commands.map((command) => [command.name, command.definition]));
  const definition = defineCommand({ meta: { name, description }, subCommands }) as CommandDef;
  const names = commands.map((command) => command.name);
  const find = (wanted: string | undefined) => commands.find((command) => command.name === wanted);
  return {
    name,
    definition,
    async help(parent, args) {
      const chosen = find(args.find((arg) => !arg.startsWith("-")));
      if (!chosen) return await usage(definition, parent);
      const above = await (typeof parent.meta === "function" ? parent.meta() : parent.meta);
      return await chosen.help(defineCommand({ meta: { name: `${above?.name ?? ""} ${name}`.trim() } }) as CommandDef, args);
    },
    async run([wanted, ...rest]) {
      const chosen = find(wanted);
      if (chosen) return await chosen.run(rest);
      const choice = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
      if (wanted === undefined) throw new UserError(`${name} needs one of its commands: ${choice}. See refrain ${name} --help.`, 2);
      throw new UserError(
        `unknown command ${JSON.stringify(`${name} ${wanted}`)}. Did you mean ${name} ${closest(wanted, names)}? See refrain ${name} --help.`,
        2,
      );
    },
  };
}
