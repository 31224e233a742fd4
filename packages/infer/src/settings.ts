import { shown } from "@refrain/safetensors";
import type { Config } from "./model-file.ts";

/** Reads a config's fields. Each throws an Error that names the field when it is not what it must be. */
export type Settings = {
  /** A field that holds what it must, which is said in words; `fallback` where it is missing and there is one. */
  field<Value>(name: string, must: string, holds: (value: unknown) => value is Value, fallback?: Value): Value;
  /** A whole number from 1 to 2^31 - 1. */
  size(name: string, fallback?: number): number;
  flag(name: string, fallback: boolean): boolean;
  choice<Name extends string>(name: string, choices: readonly Name[], fallback?: NoInfer<Name>): Name;
};

/** Whether a value is a size: a whole number from 1 to 2^31 - 1. */
export const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31;

/** The fields of a kind of model's config. */
export function settingsOf(kind: string, config: Config): Settings {
  const field: Settings["field"] = (name, must, holds, fallback) => {
    const value = config[name] ?? fallback;
    if (holds(value)) return value;
    throw new Error(`this model file is damaged: the ${name} of its ${kind} must be ${must}, but is ${shown(value)}.`);
  };
  return {
    field,
    size: (name, fallback) => field(name, "a whole number of at least 1", isSize, fallback),
    flag: (name, fallback) => field(name, "true or false", (value) => typeof value === "boolean", fallback),
    choice: <Name extends string>(name: string, choices: readonly Name[], fallback?: Name) =>
      field(name, `one of ${choices.join(", ")}`, (value): value is Name => choices.includes(value as Name), fallback),
  };
}
