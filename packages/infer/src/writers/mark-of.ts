import type { Settings } from "../settings.ts";

/** The mark of the start, or of the end: a token of a vocabulary of so many. @throws {Error} when it is none. */
export function markOf({ field }: Settings, name: "start" | "end", vocabulary: number): number {
  const holds = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) < vocabulary;
  return field(name, `a token of its ${vocabulary}`, holds);
}
