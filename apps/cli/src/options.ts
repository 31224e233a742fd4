import type { ArgsDef } from "citty";
import { closest } from "fastest-levenshtein";
import { UserError } from "./user-error.ts";

type Common = { readonly description: string };

/** An option of a command, with what its value must be. */
type Option =
  | (Common & { readonly type: "text"; readonly default?: string; readonly hint?: string; readonly mayBeEmpty?: boolean })
  | (Common & { readonly type: "flag" })
  | (Common & { readonly type: "choice"; readonly choices: readonly string[]; readonly default?: string })
  | (Common & {
      readonly type: "number";
      readonly whole?: boolean;
      readonly min?: number;
      readonly max?: number;
      readonly above?: number;
      readonly default?: number;
    });

export type Options = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends { type: "flag" }
  ? boolean
  : O extends { type: "number" }
    ? O extends { default: number }
      ? number
      : number | undefined
    : O extends { type: "choice"; choices: readonly (infer C)[] }
      ? O extends { default: string }
        ? C
        : C | undefined
      : O extends { default: string }
        ? string
        : string | undefined;

export type Values<T extends Options> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** A place among the arguments that is no option. */
export type Positional = { readonly name: string; readonly description: string; readonly required: boolean };

export type Parsed<T extends Options> = {
  readonly values: Values<T>;
  readonly positionals: readonly (string | undefined)[];
  /** The options that were given, as against those that took their default. */
  readonly given: ReadonlySet<string>;
};

/** The most that choices may take beside their option's name; more of them go into the description. */
const CHOICES_WIDTH = 20;

/** The options in citty's terms, for its usage text. */
export function toArgs(options: Options, positionals: readonly Positional[]): ArgsDef {
  const places = positionals.map(({ name, description, required }) => [name, { type: "positional", description, required }] as const);
  const named = Object.entries(options).map(([name, option]) => {
    if (option.type === "flag") return [name, { type: "boolean", description: option.description }] as const;
    const initial = option.default === undefined ? {} : { default: String(option.default) };
    return [name, { type: "string", ...explained(option), ...initial }] as const;
  });
  return Object.fromEntries([...places, ...named]) as ArgsDef;
}

/** What stands beside an option's name, and what is said of it. */
function explained(option: Exclude<Option, { type: "flag" }>): { valueHint: string; description: string } {
  const { description } = option;
  if (option.type === "number") return { valueHint: "number", description };
  if (option.type === "text") return { valueHint: option.hint ?? "text", description };
  const choices = option.choices.join("|");
  return choices.length <= CHOICES_WIDTH
    ? { valueHint: choices, description }
    : { valueHint: "name", description: `${option.choices.slice(0, -1).join(", ")} or ${option.choices.at(-1)}: ${description}` };
}

/** Whether an argument looks like an option. A text that begins with a hyphen may, too: it goes after `--`, or an equals sign. */
const isOption = (arg: string) => /^--?[a-z]/i.test(arg);

/**
 * Reads a command's arguments: `--name value`, `--name=value`, `--flag`, and places. Of an option that is given twice, the last counts.
 * @throws {UserError} for an unknown option or value (naming the nearest), a missing one, or a place too many.
 */
export function parseArguments<const T extends Options>(args: readonly string[], options: T, positionals: readonly Positional[]): Parsed<T> {
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, option.type === "flag" ? false : option.default]),
  );
  const places: string[] = [];
  const given = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") {
      places.push(...args.slice(i + 1));
      break;
    }
    if (!isOption(arg)) {
      places.push(arg);
      continue;
    }
    const [flag, inline] = splitFlag(arg);
    const option = arg.startsWith("--") && Object.hasOwn(options, flag) ? options[flag] : undefined;
    if (!option) {
      const [name] = arg.split("=") as [string];
      const text = positionals.length > 0 ? " If it is no option, put -- before it." : "";
      throw new UserError(`unknown option ${name}. Did you mean --${closest(flag, Object.keys(options))}?${text} See --help.`, 2);
    }
    given.add(flag);
    if (option.type === "flag") {
      if (inline !== undefined) throw new UserError(`--${flag} takes no value, but got ${JSON.stringify(inline)}.`, 2);
      values[flag] = true;
      continue;
    }
    const text = inline ?? args[++i];
    if (text === undefined || (inline === undefined && text.startsWith("--") && isOption(text))) throw new UserError(`--${flag} needs a value. See --help.`, 2);
    values[flag] = readValue(flag, option, text);
  }
  checkPlaces(places, positionals);
  return { values: values as Values<T>, positionals: places, given };
}

function splitFlag(arg: string): [string, string | undefined] {
  const [name, ...value] = arg.replace(/^--?/, "").split("=") as [string, ...string[]];
  return [name, value.length > 0 ? value.join("=") : undefined];
}

function readValue(flag: string, option: Exclude<Option, { type: "flag" }>, text: string): string | number {
  if (option.type === "text") {
    if (text === "" && !option.mayBeEmpty) throw new UserError(`--${flag} needs a value, but got an empty one. See --help.`, 2);
    return text;
  }
  if (option.type === "choice") {
    if (option.choices.includes(text)) return text;
    throw new UserError(
      `--${flag} must be one of ${option.choices.join(", ")}, but got ${JSON.stringify(text)}. Did you mean ${closest(text, [...option.choices])}?`,
      2,
    );
  }
  const { whole = false, min, max, above } = option;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const fits =
    Number.isFinite(value) &&
    (!whole || Number.isInteger(value)) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above);
  if (fits) return value;
  const bounds = [above === undefined ? [] : `over ${above}`, min === undefined ? [] : `at least ${min}`, max === undefined ? [] : `at most ${max}`].flat();
  throw new UserError(
    `--${flag} must be a ${whole ? "whole " : ""}number${bounds.length ? ` of ${bounds.join(" and ")}` : ""}, but got ${JSON.stringify(text)}.`,
    2,
  );
}

function checkPlaces(places: readonly string[], positionals: readonly Positional[]): void {
  const missing = positionals.find(({ required }, i) => required && places[i] === undefined);
  if (missing) throw new UserError(`${missing.name} is missing: ${missing.description}. See --help.`, 2);
  if (places.length > positionals.length)
    throw new UserError(`${JSON.stringify(places[positionals.length])} is one argument too many. Put a value with spaces in quotes.`, 2);
}
