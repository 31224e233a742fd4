import { PADDING } from "./batch.ts";
import { padRows } from "./pad-rows.ts";
import { passes } from "./passes.ts";
import { randomOfStep } from "./random-of-step.ts";

/** A pair in tokens, the marks of the target's start and end not among them. */
export type TokenPair = { readonly source: Int32Array; readonly target: Int32Array };

/** Pairs for teacher forcing, padded to the longest of the batch; row-major. */
export type PairBatch = {
  readonly rows: number;
  /** Tokens of the longest source. */
  readonly sourceTime: number;
  /** Tokens of the longest target, with one of its marks. */
  readonly time: number;
  /** [rows, sourceTime]; what lies beyond a source's length is 0. */
  readonly source: Int32Array;
  /** [rows] */
  readonly sourceLengths: readonly number[];
  /** [rows, time]: the mark of the start, then the target; beyond it 0. */
  readonly inputs: Int32Array;
  /** [rows, time]: the target, then the mark of its end; beyond it `PADDING`, which losses ignore. */
  readonly targets: Int32Array;
  /** Targets that are not padding. */
  readonly count: number;
};

/** How pairs are divided into batches, and the tokens that begin and end a target. */
export type PairBatchOptions = {
  /** Pairs in a batch. */
  readonly batch: number;
  /** The token that the writer of a target reads first. */
  readonly start: number;
  /** The token that ends a target. */
  readonly end: number;
};

/**
 * A function from step numbers to batches of pairs of like lengths, so that there is little padding. Each pass of ceil(pairs / batch) steps
 * has every pair once; the steps of the first are all there are, for an evaluation. The passes differ in which pairs of one length meet,
 * and in which order the batches come. A step's batch depends on the seed and the step alone.
 *
 * @throws {RangeError} when there is no pair, a source has no token, `batch` is not whole and positive, a mark is no token or the seed not whole.
 */
export function pairBatches(pairs: readonly TokenPair[], { batch, start, end }: PairBatchOptions, seed: number): (step: number) => PairBatch {
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`pairBatches: batch must be a whole number of at least 1, but is ${batch}.`);
  for (const [name, mark] of Object.entries({ start, end }))
    if (!Number.isInteger(mark) || mark < 0) throw new RangeError(`pairBatches: ${name} must be a token, a whole number of at least 0, but is ${mark}.`);
  if (pairs.length === 0) throw new RangeError("pairBatches: there must be at least one pair.");
  const empty = pairs.findIndex(({ source }) => source.length === 0);
  if (empty >= 0) throw new RangeError(`pairBatches: every source must have at least one token, but that of pair ${empty} has none. Leave it out.`);
  const byLength = (all: TokenPair[]) => all.toSorted((a, b) => a.source.length - b.source.length || a.target.length - b.target.length);
  const batchOf = passes(pairs, batch, randomOfStep("pairBatches", seed), byLength);
  return (step) => {
    const rows = batchOf(step);
    const source = padRows(rows.map((pair) => pair.source)),
      inputs = padRows(rows.map(({ target }) => [start, ...target])),
      targets = padRows(
        rows.map(({ target }) => [...target, end]),
        PADDING,
      );
    return {
      rows: rows.length,
      sourceTime: source.time,
      time: inputs.time,
      source: source.tokens,
      sourceLengths: source.lengths,
      inputs: inputs.tokens,
      targets: targets.tokens,
      count: targets.lengths.reduce((total, length) => total + length, 0),
    };
  };
}
