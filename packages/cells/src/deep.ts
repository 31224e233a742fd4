import { add, type Tensor3D } from "@tensorflow/tfjs-core";
import { type Key, type SequenceInput, split, type TensorTree } from "@refrain/core";
import { checkFit } from "./check-fit.ts";
import { childMode } from "./child-mode.ts";
import type { SequenceLayer } from "./recurrence.ts";
import type { StackConfig } from "./stack.ts";

/**
 * Layers over sequences on top of each other, each reading all outputs of the one below. Of bidirectional layers this is the deep
 * bidirectional net of Graves et al. (2013) and PyTorch: each direction reads both directions below. (`stack` piles up cells, and keeps
 * directions apart.) Parameters and states are lists, bottom first.
 *
 * @throws {RangeError} as `stack` does.
 * @throws {Error} when an initial state is not a list of one for each layer.
 */
export function deep<P extends TensorTree, S extends TensorTree>(
  layers: readonly SequenceLayer<P, S>[],
  { residual = false }: StackConfig = {},
): SequenceLayer<readonly P[], readonly S[]> {
  const sizes = layers.map(({ inputSize, outputSize }) => ({ reads: inputSize, writes: outputSize }));
  checkFit("deep", "layer", sizes, residual);
  return {
    kind: "deep",
    config: { layers: layers.map(({ kind, config }) => ({ kind, config })), residual },
    inputSize: sizes[0]?.reads as number,
    outputSize: sizes.at(-1)?.writes as number,
    init(key) {
      const keys = split(key, layers.length);
      return layers.map((layer, i) => layer.init(keys[i] as Key));
    },
    apply(params, { x, lengths, state }, mode = "inference") {
      if (state && state.length !== layers.length)
        throw new Error(`deep: the initial state must be a list of one for each of the ${layers.length} layers, but has ${state.length}.`);
      let below: SequenceInput = x;
      const last = layers.map((layer, i) => {
        const next = layer.apply(params[i] as P, { x: below, lengths, state: state?.[i] }, childMode(mode, i));
        below = residual && i > 0 ? add(next.outputs, below as Tensor3D) : next.outputs;
        return next.state;
      });
      return { outputs: below as Tensor3D, state: last };
    },
  };
}
