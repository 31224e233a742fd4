import { uniformInt } from "pure-rand/distribution/uniformInt";
import type { Batch } from "./batch.ts";
import { randomOfStep } from "./random-of-step.ts";

/** The sizes of a batch of the copying task. */
export type CopySizes = {
  /** Sequences in a batch. */
  readonly batch: number;
  /** Steps from the last symbol to the first that must be recalled, the recall mark's included. */
  readonly delay: number;
  /** Symbols to remember; 10 by default. */
  readonly length?: number;
  /** Different symbols; 8 by default. */
  readonly symbols?: number;
};

/**
 * The copy task (Hochreiter and Schmidhuber 1997 in the form of Arjovsky et al. 2016): `length` random symbols, `delay - 1` blanks, the
 * recall mark, `length` blanks; the answer is blank until the mark has come, and then the symbols in their order. Token 0 is the blank, 1 to
 * `symbols` are the symbols, `symbols + 1` is the mark: a vocabulary of `symbols + 2`, in windows of `delay + 2 length` tokens. Whoever
 * remembers nothing has a loss of length ln(symbols) / (delay + 2 length) nats per token.
 *
 * A function from step numbers to batches: a step's batch depends on the seed and the step alone.
 *
 * @throws {RangeError} unless every size is a whole number of at least 1 and the seed is whole.
 */
export function copyTask({ batch, delay, length = 10, symbols = 8 }: CopySizes, seed: number): (step: number) => Batch {
  for (const [name, size] of Object.entries({ batch, delay, length, symbols }))
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`copyTask: ${name} must be a whole number of at least 1, but is ${size}.`);
  const randomOf = randomOfStep("copyTask", seed);
  const context = delay + 2 * length;
  return (step) => {
    const random = randomOf(step);
    const inputs = new Int32Array(batch * context),
      targets = new Int32Array(batch * context);
    for (let row = 0; row < batch; row++) {
      const start = row * context,
        mark = start + length + delay - 1;
      for (let i = 0; i < length; i++) {
        const symbol = uniformInt(random, 1, symbols);
        inputs[start + i] = symbol;
        targets[mark + 1 + i] = symbol;
      }
      inputs[mark] = symbols + 1;
    }
    return { rows: batch, context, inputs, targets, count: batch * context };
  };
}
