import * as v from "valibot";

/** How much of a wrong value is said back. */
const SHOWN = 80;

/** Says what a field must be, and what it is; `parse` puts its name before it. */
export const must =
  (what: string): ((issue: v.BaseIssue<unknown>) => string) =>
  (issue) =>
    `must be ${what}, but is ${issue.received.slice(0, SHOWN)}.`;

/** Says of an object that it is none, what it lacks, or what it has too much. */
export function objectMessage(issue: v.StrictObjectIssue): string {
  if (!issue.path) return must("an object")(issue);
  return issue.expected === "never" ? "is not supported. Leave it out." : "is missing.";
}

type NumberSchema = v.GenericSchema<number>;

/** A number within bounds, both included. */
export function numberField(low: number, high: number): NumberSchema {
  const message = must(`a number from ${low} to ${high}`);
  return v.pipe(v.number(message), v.minValue(low, message), v.maxValue(high, message));
}

/** A number over 0, up to a bound. */
export function positiveField(high: number): NumberSchema {
  const message = must(`a number over 0 and at most ${high}`);
  return v.pipe(v.number(message), v.gtValue(0, message), v.maxValue(high, message));
}

/** A whole number within bounds, both included. */
export function wholeField(low: number, high: number): NumberSchema {
  const message = must(`a whole number from ${low} to ${high}`);
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message));
}

/** A seed, as keys take it. */
export const seedField: NumberSchema = wholeField(-(2 ** 31), 2 ** 32 - 1);
