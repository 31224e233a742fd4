import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Batch, checkWindows, fillWindow, type WindowSizes } from "./batch.ts";

/**
 * A function from step numbers to batches of windows at random places. A step's batch depends on the seed and the step alone, so a
 * run that goes on at step s sees what it would have seen.
 *
 * @throws {RangeError} when the text is shorter than a window and its last target, a size is not whole and positive, or the seed is not whole.
 */
export function randomWindows(tokens: Int32Array, sizes: WindowSizes, seed: number): (step: number) => Batch {
  const { batch, context } = sizes;
  checkWindows(tokens, sizes, context + 1);
  if (!Number.isInteger(seed)) throw new RangeError(`randomWindows: the seed must be a whole number, but is ${seed}.`);
  return (step) => {
    const random = xoroshiro128plus(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35));
    // Seeds that differ little give first numbers that differ little.
    for (let i = 0; i < 8; i++) random.next();
    const inputs = new Int32Array(batch * context),
      targets = new Int32Array(batch * context);
    for (let row = 0; row < batch; row++) {
      fillWindow(tokens, uniformInt(random, 0, tokens.length - context - 1), row, context, inputs, targets);
    }
    return { rows: batch, context, inputs, targets, count: batch * context };
  };
}
