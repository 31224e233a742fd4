import { uniformInt } from "pure-rand/distribution/uniformInt";
import { randomOfStep } from "./random-of-step.ts";

/** The sizes of a batch of the adding problem. */
export type AddingSizes = {
  /** Sequences in a batch. */
  readonly batch: number;
  /** Steps of a sequence; at least 2. */
  readonly time: number;
};

/** Sequences of the adding problem, row-major. */
export type AddingBatch = AddingSizes & {
  /** [batch, time, 2]: a number in [0, 1), and 1 where it is marked, else 0. */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** [batch]: the sum of each sequence's two marked numbers. */
  readonly targets: Float32Array<ArrayBuffer>;
};

/**
 * The adding problem (Hochreiter and Schmidhuber 1997, experiment 4) in the form of Arjovsky et al. (2016): every number is uniform in
 * [0, 1); one is marked in the first half of a sequence and one in the second, each place alike; the answer after the last step is their
 * sum. Every sequence has `time` steps. (The first paper draws from [-1, 1], varies the lengths by a tenth, marks the first and last steps
 * with -1, and asks for 0.5 + sum / 4.) Whoever always answers 1 has a mean squared error of 1/6.
 *
 * A function from step numbers to batches: a step's batch depends on the seed and the step alone.
 *
 * @throws {RangeError} unless batch is a whole number of at least 1, time of at least 2, and the seed is whole.
 */
export function addingProblem({ batch, time }: AddingSizes, seed: number): (step: number) => AddingBatch {
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`addingProblem: batch must be a whole number of at least 1, but is ${batch}.`);
  if (!Number.isInteger(time) || time < 2)
    throw new RangeError(`addingProblem: time must be a whole number of at least 2, a step for each marked number, but is ${time}.`);
  const randomOf = randomOfStep("addingProblem", seed);
  const half = Math.floor(time / 2);
  return (step) => {
    const random = randomOf(step);
    const inputs = new Float32Array(batch * time * 2),
      targets = new Float32Array(batch);
    for (let row = 0; row < batch; row++) {
      // 24 random bits, which float32 holds exactly.
      for (let at = 0; at < time; at++) inputs[2 * (row * time + at)] = (random.next() >>> 8) / 2 ** 24;
      for (const marked of [uniformInt(random, 0, half - 1), uniformInt(random, half, time - 1)]) {
        const place = 2 * (row * time + marked);
        inputs[place + 1] = 1;
        targets[row] = (targets[row] as number) + (inputs[place] as number);
      }
    }
    return { batch, time, inputs, targets };
  };
}
