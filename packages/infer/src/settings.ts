import type { Config } from "./model-file.ts";
import { shown } from "./shown.ts";

/** Reads a config's fields. Each throws an Error that names the field when it is not what it must be. */
export type Settings = {
  /** A whole number from 1 to 2^31 - 1; `fallback` where it is missing and there is one. */
  size(name: string, fallback?: number): number;
  /** A token of a vocabulary of so many. */
  token(name: string, vocabulary: number): number;
  flag(name: string, fallback: boolean): boolean;
  choice<Name extends string>(name: string, choices: readonly Name[], fallback?: NoInfer<Name>): Name;
  sizes(name: string): number[];
};

/** The fields of a kind of model's config. */
export function settingsOf(kind: string, config: Config): Settings {
  const wrong = (name: string, must: string) =>
    new Error(`this model file is damaged: the ${name} of its ${kind} must be ${must}, but is ${shown(config[name])}.`);
  const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31;
  return {
    size(name, fallback) {
      const value = config[name] ?? fallback;
      if (!isSize(value)) throw wrong(name, "a whole number of at least 1");
      return value;
    },
    token(name, vocabulary) {
      const value = config[name];
      if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= vocabulary) throw wrong(name, `a token of its ${vocabulary}`);
      return value as number;
    },
    flag(name, fallback) {
      const value = config[name] ?? fallback;
      if (typeof value !== "boolean") throw wrong(name, "true or false");
      return value;
    },
    choice(name, choices, fallback) {
      const value = config[name] ?? fallback;
      const found = choices.find((choice) => choice === value);
      if (found === undefined) throw wrong(name, `one of ${choices.join(", ")}`);
      return found;
    },
    sizes(name) {
      const value = config[name];
      if (!Array.isArray(value) || value.length === 0 || !value.every(isSize)) throw wrong(name, "a list of whole numbers of at least 1");
      return value;
    },
  };
}
