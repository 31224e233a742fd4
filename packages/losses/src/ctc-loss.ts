import {
  add,
  concat,
  expandDims,
  fill,
  logSoftmax,
  matMul,
  maximum,
  mean,
  neg,
  type Scalar,
  slice,
  stack,
  tensor2d,
  tensor3d,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { checkLengths } from "@refrain/core";
import { logForward } from "./log-forward.ts";
import { logSumExp } from "./log-sum-exp.ts";
import { sequenceMask } from "./sequence-mask.ts";

/** Which class is the blank, and how long the sequences are. */
export type CtcOptions = {
  /** The class that stands for no label; 0 by default. */
  readonly blank?: number;
  /** [batch]: the steps of each sequence; all by default. */
  readonly lengths?: readonly number[];
};

/** The log probability of what cannot be; in sums and products with 0, unlike minus infinity, it stays a number. */
const NEVER = -1e30;

/**
 * Connectionist temporal classification (Graves et al. 2006, eq. 3 to 8): -log of the probability of all alignments that collapse to the
 * labels (see `ctcCollapse`), in nats, the mean over the sequences. PyTorch's `ctc_loss` gives the same for each sequence; its mean
 * divides each by the number of its labels first. Where logits of minus infinity rule all alignments out, the loss is beyond 1e29.
 *
 * @param logits [batch, time, classes] @param labels [batch]: the labels of each sequence, none of them the blank; there may be none
 * @throws {Error} when the shapes do not match.
 * @throws {RangeError} when a label is no class or the blank, or a sequence is too short for its labels: it needs a step for each, and one
 * more for each that follows its like.
 */
export function ctcLoss(logits: Tensor3D, labels: readonly ArrayLike<number>[], { blank = 0, lengths }: CtcOptions = {}): Scalar {
  check(logits, labels, blank, lengths);
  const [batch, time, classes] = logits.shape;
  // Between, before and after the labels there may be blanks: these are the states of an alignment, [batch, states].
  const states = 2 * Math.max(...labels.map(({ length }) => length)) + 1;
  const tokenAt = (sequence: number, state: number) => (state % 2 === 1 ? (labels[sequence]?.[(state - 1) / 2] ?? blank) : blank);
  const chosen = new Float32Array(batch * classes * states);
  const ends = new Float32Array(batch * states).fill(NEVER),
    skips = new Uint8Array(batch * states);
  for (let i = 0; i < batch; i++) {
    const last = 2 * (labels[i] as ArrayLike<number>).length;
    for (let state = 0; state < states; state++) {
      chosen[(i * classes + tokenAt(i, state)) * states + state] = 1;
      // A blank may be left out between two labels that differ.
      skips[i * states + state] = Number(state > 1 && state % 2 === 1 && tokenAt(i, state) !== tokenAt(i, state - 2));
      if (state === last || state === last - 1) ends[i * states + state] = 0;
    }
  }
  const known = lengths ? (where(expandDims(sequenceMask(lengths, time), 2), logits, zerosLike(logits)) as Tensor3D) : logits;
  const emissions: Tensor3D = matMul(maximum(logSoftmax(known), NEVER), tensor3d(chosen, [batch, classes, states]));
  const skipped = tensor2d(skips, [batch, states], "bool");
  const behind = (scores: Tensor2D, by: number): Tensor2D =>
    by < states ? concat([fill([batch, by], NEVER), slice(scores, [0, 0], [batch, states - by])], 1) : fill([batch, states], NEVER);
  const forward = logForward(
    emissions,
    {
      first: tensor2d(
        Float32Array.from({ length: states }, (_, state) => (state < 2 ? 0 : NEVER)),
        [1, states],
      ),
      move: (scores) => logSumExp(stack([scores, behind(scores, 1), where(skipped, behind(scores, 2), fill([batch, states], NEVER))]), 0),
    },
    lengths,
  );
  return mean(neg(logSumExp<Tensor1D>(add(forward, tensor2d(ends, [batch, states])), 1)));
}

function check({ shape }: Tensor3D, labels: readonly ArrayLike<number>[], blank: number, lengths: readonly number[] | undefined): void {
  const [batch, time, classes] = shape;
  if (shape.length !== 3 || batch < 1 || time < 1)
    throw new Error(`ctcLoss: the logits must be [batch, time, classes] with at least one sequence and step, but are [${shape}].`);
  if (!Number.isInteger(blank) || blank < 0 || blank >= classes)
    throw new RangeError(`ctcLoss: the blank must be one of the classes 0 to ${classes - 1}, but is ${blank}.`);
  if (labels.length !== batch) throw new Error(`ctcLoss: each of the ${batch} sequences must have its labels, but there are labels of ${labels.length}.`);
  if (lengths) checkLengths(batch, time, lengths);
  labels.forEach((given, i) => {
    const own = Array.from(given);
    const wrong = own.find((label) => !Number.isInteger(label) || label < 0 || label >= classes || label === blank);
    if (wrong !== undefined)
      throw new RangeError(`ctcLoss: labels must be classes 0 to ${classes - 1} other than the blank ${blank}, but one of sequence ${i} is ${wrong}.`);
    const needed = own.length + own.filter((label, at) => at > 0 && label === own[at - 1]).length;
    const length = lengths?.[i] ?? time;
    if (length < Math.max(needed, 1))
      throw new RangeError(
        `ctcLoss: sequence ${i} needs at least ${Math.max(needed, 1)} steps for its labels, but has ${length}. Leave it out, or give it more steps.`,
      );
  });
}
