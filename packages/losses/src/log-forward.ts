import { add, expandDims, reshape, type Tensor, type Tensor2D, type Tensor3D, tensor1d, unstack, where } from "@tensorflow/tfjs-core";

export type ForwardModel = {
  /** What each state scores before the first emission: broadcasts to [batch, states]. */
  readonly first: Tensor;
  /** From what each state scores at one step to what each scores at the next, its emission apart: [batch, states]. */
  move(scores: Tensor2D): Tensor2D;
};

/**
 * The forward algorithm in log space (Rabiner 1989, eq. 19 and 20): for each state, the log of the summed exp scores of all paths that
 * end in it, [batch, states]. A sequence's scores stay as they are from its length on.
 *
 * @param emissions [batch, time, states], at least one step @param lengths [batch], each at least 1; `time` by default
 */
export function logForward(emissions: Tensor3D, { first, move }: ForwardModel, lengths?: readonly number[]): Tensor2D {
  const [batch, time, states] = emissions.shape;
  // tf.unstack has no gradient for a single slice.
  const steps = time === 1 ? [reshape(emissions, [batch, states])] : unstack(emissions, 1);
  let scores = add(first, steps[0] as Tensor) as Tensor2D;
  for (let step = 1; step < time; step++) {
    const next: Tensor2D = add(move(scores), steps[step] as Tensor);
    const ended = lengths?.map((length) => step >= length);
    scores = ended?.includes(true) ? where(expandDims(tensor1d(ended, "bool"), 1), scores, next) : next;
  }
  return scores;
}
