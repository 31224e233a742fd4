import { padRows, type PaddedRows } from "./pad-rows.ts";
import { passes } from "./passes.ts";
import { randomOfStep } from "./random-of-step.ts";

/** Rows of one batch, padded, and where they stand among all. */
export type PaddedBatch = PaddedRows & {
  /** [rows]: which of the sequences each row is, to find what else belongs to it: its tags, its label. */
  readonly indices: readonly number[];
};

/** How rows are divided into batches. */
export type PaddedBatchesOptions = {
  /** Sequences in a batch; a pass ends with a smaller one where they do not come out even. */
  readonly batch: number;
  readonly seed: number;
};

/** Batches whose sequences are sorted by length together: enough for little padding, few enough for batches to be new in each pass. */
const BUCKET = 20;

/**
 * A function from step numbers to batches of sequences of about the same length, padded with 0 to that of the longest. Each pass of
 * ceil(sequences / batch) steps has every sequence once, in an order of its own: shuffled, sorted by length in buckets of so many
 * batches, the batches shuffled. A step's batch depends on the seed and the step alone.
 *
 * @throws {RangeError} when there is no sequence, one is empty, the batch is not whole and positive, or the seed is not whole.
 */
export function paddedBatches(sequences: readonly ArrayLike<number>[], { batch, seed }: PaddedBatchesOptions): (step: number) => PaddedBatch {
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`paddedBatches: batch must be a whole number of at least 1, but is ${batch}.`);
  if (sequences.length === 0) throw new RangeError("paddedBatches: there must be at least one sequence.");
  const empty = sequences.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw new RangeError(`paddedBatches: every sequence must have at least one token, but sequence ${empty} is empty. Leave it out.`);
  const lengthOf = (index: number) => (sequences[index] as ArrayLike<number>).length;
  const inBuckets = (shuffled: number[]) => cut(shuffled, batch * BUCKET).flatMap((bucket) => bucket.toSorted((a, b) => lengthOf(a) - lengthOf(b)));
  const batchOf = passes([...sequences.keys()], batch, randomOfStep("paddedBatches", seed), inBuckets);
  return (step) => {
    const indices = [...batchOf(step)];
    return { ...padRows(indices.map((index) => sequences[index] as ArrayLike<number>)), indices };
  };
}

function cut<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
