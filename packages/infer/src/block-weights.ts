import type { AttentionWeights, BlockLayer, FeedForwardWeights, Linear } from "@refrain/kernels/nets";
import type { Kernels } from "@refrain/kernels";
import { normAt } from "./norm-at.ts";
import type { Parameters } from "./parameters.ts";

export type BlockSizes = {
  readonly features: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly inner: number;
  readonly norm: "layer" | "rms";
  readonly activation: "relu" | "gelu" | "gelu-tanh" | "swiglu";
  /** Whether keys are turned, so that their bias counts. */
  readonly turned: boolean;
};

/** The weights of a Transformer's layer at a path; of one that looks at a memory where `looks`. */
function blockLayer({ heap }: Kernels, params: Parameters, path: string, sizes: BlockSizes, looks = false): BlockLayer {
  const { features, heads, keyValueHeads, inner, norm, activation, turned } = sizes;
  const width = (2 * keyValueHeads * features) / heads;
  const attention = (name: string, turns: boolean): AttentionWeights => {
    const keyValue = params.linear(`${path}.${name}.keyValue`, width, features);
    // A bias of keys moves all of a query's scores alike: training leaves it out, so that its numbers stand for nothing (see `multiHead`).
    if (!turns && keyValue.bias) heap.f32(keyValue.bias, width / 2).fill(0);
    return { query: params.linear(`${path}.${name}.query`, features, features), keyValue, output: params.linear(`${path}.${name}.output`, features, features) };
  };
  const normOf = (name: string) => normAt(params, `${path}.${name}`, features, norm);
  const up = (name: string): Linear => params.linear(`${path}.feedForward.${name}`, inner, features);
  const feedForward: FeedForwardWeights = {
    up: up("up"),
    ...(activation === "swiglu" && { gate: up("gate") }),
    down: params.linear(`${path}.feedForward.down`, features, inner),
  };
  return {
    attentionNorm: normOf("attentionNorm"),
    attention: attention("attention", turned),
    ...(looks && { crossNorm: normOf("crossNorm"), cross: attention("cross", false) }),
    feedForwardNorm: normOf("feedForwardNorm"),
    feedForward,
  };
}

/** The weights of layers on top of each other: `PATH.0`, `PATH.1` and so on. */
export function blockLayers(kernels: Kernels, params: Parameters, path: string, layers: number, sizes: BlockSizes, looks = false): BlockLayer[] {
  const found: BlockLayer[] = [];
  for (let i = 0; i < layers; i++) found.push(blockLayer(kernels, params, `${path}.${i}`, sizes, looks));
  return found;
}
