import type { Scalar } from "@tensorflow/tfjs-core";
import type { Evaluation } from "./events.ts";

/** Right answers and all answers of a minibatch; of a part of the answers, those of the part under its name: "correct.rare", "total.rare". */
export type Counts = { readonly correct: Scalar; readonly total: Scalar; readonly [ofPart: `correct.${string}` | `total.${string}`]: Scalar };

/** What the counts of several minibatches come to. */
export type Tally = {
  add(counts: Readonly<Record<string, number>>): void;
  total(): number;
  accuracies(): Omit<Evaluation, "loss">;
};

export function tally(): Tally {
  const sums = new Map<string, number>();
  const sum = (name: string) => sums.get(name) ?? 0;
  return {
    add(counts) {
      for (const [name, count] of Object.entries(counts)) sums.set(name, sum(name) + count);
    },
    total: () => sum("total"),
    accuracies() {
      const parts = [...sums.keys()].flatMap((name) => (name.startsWith("total.") && sum(name) > 0 ? [name.slice("total.".length)] : []));
      const accuracyOf = Object.fromEntries(parts.map((part) => [part, sum(`correct.${part}`) / sum(`total.${part}`)]));
      return { accuracy: sum("correct") / Math.max(sum("total"), 1), ...(parts.length > 0 && { accuracyOf }) };
    },
  };
}

/** The numbers of scalars, which it disposes. */
export async function takeScalars<Name extends string>(scalars: Readonly<Record<Name, Scalar>>): Promise<Record<Name, number>> {
  const entries = Object.entries(scalars) as [Name, Scalar][];
  const values = await Promise.all(entries.map(async ([name, scalar]) => [name, (await scalar.data())[0]] as const));
  for (const [, scalar] of entries) scalar.dispose();
  return Object.fromEntries(values) as Record<Name, number>;
}
