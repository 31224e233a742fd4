import { add, concat, mul, type Tensor3D } from "@tensorflow/tfjs-core";
import { type Cell, type Key, split, type TensorTree } from "@refrain/core";
import { childMode } from "./child-mode.ts";
import { recurrence, type SequenceLayer } from "./recurrence.ts";

/** Something for each direction: the parameters, the states. */
export type BothDirections<F, B> = { readonly forwards: F; readonly backwards: B };

/** How the two directions become one. */
export type BidirectionalConfig = {
  /** What becomes of the two outputs of a step; by default they are concatenated, the forward one first. */
  readonly merge?: "concat" | "sum" | "multiply" | "average";
};

const MERGES: Readonly<Record<NonNullable<BidirectionalConfig["merge"]>, (forwards: Tensor3D, backwards: Tensor3D) => Tensor3D>> = {
  concat: (forwards, backwards) => concat([forwards, backwards], -1),
  sum: add,
  multiply: mul,
  average: (forwards, backwards) => mul(add(forwards, backwards), 0.5),
};

/**
 * Reads sequences in both directions (Schuster and Paliwal 1997), each by a cell of its own; the backward one starts at each sequence's
 * own last step. Gives for each step both outputs merged, zeros beyond the lengths, and the last state of either direction: the
 * forward one's after a sequence's last step, the backward one's after its first.
 *
 * @throws {RangeError} when the cells read different features; unless outputs are concatenated, also when they write different features.
 */
export function bidirectional<PF extends TensorTree, SF extends TensorTree, PB extends TensorTree, SB extends TensorTree>(
  forwards: Cell<PF, SF>,
  backwards: Cell<PB, SB>,
  { merge = "concat" }: BidirectionalConfig = {},
): SequenceLayer<BothDirections<PF, PB>, BothDirections<SF, SB>> {
  if (!Object.hasOwn(MERGES, merge))
    throw new TypeError(`bidirectional: merge must be one of ${Object.keys(MERGES).join(", ")}, but is ${JSON.stringify(merge)}.`);
  if (forwards.inputSize !== backwards.inputSize)
    throw new RangeError(`bidirectional: both cells must read the same features, but one reads ${forwards.inputSize}, the other ${backwards.inputSize}.`);
  if (merge !== "concat" && forwards.hiddenSize !== backwards.hiddenSize)
    throw new RangeError(
      `bidirectional: to merge by ${merge} both cells must write as many features, but one writes ${forwards.hiddenSize}, the other ${backwards.hiddenSize}. Concatenate, or give them one size.`,
    );
  const there = recurrence(forwards),
    back = recurrence(backwards, { reverse: true });
  const described = ({ kind, config }: Pick<Cell<unknown, unknown>, "kind" | "config">) => ({ kind, config });
  return {
    kind: "bidirectional",
    config: { forwards: described(forwards), backwards: described(backwards), merge },
    inputSize: forwards.inputSize,
    outputSize: merge === "concat" ? forwards.hiddenSize + backwards.hiddenSize : forwards.hiddenSize,
    init(key) {
      const [a, b] = split(key) as [Key, Key];
      return { forwards: there.init(a), backwards: back.init(b) };
    },
    apply(params, { x, lengths, state }, mode = "inference") {
      const one = there.apply(params.forwards, { x, lengths, state: state?.forwards }, childMode(mode, 0));
      const other = back.apply(params.backwards, { x, lengths, state: state?.backwards }, childMode(mode, 1));
      return { outputs: MERGES[merge](one.outputs, other.outputs), state: { forwards: one.state, backwards: other.state } };
    },
  };
}
