import { alibiSlopes } from "@refrain/attention";
import { type BlockParams, type BlockShape, fusedBlock } from "@refrain/core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { BlockConfig } from "./contract.ts";
import type { EncoderLayerParams } from "./encoder-layer.ts";

/** An encoder layer as one operation; undefined where the backend has none. `lengths` [batch]. */
export type WholeLayer = (params: EncoderLayerParams, x: Tensor3D, lengths?: readonly number[]) => Tensor3D | undefined;

/** The layers that are one operation: of layer norms before their parts, without rotary positions, gates or dropout. Undefined for others. */
export function wholeLayer(config: BlockConfig): WholeLayer | undefined {
  const { heads, keyValueHeads = heads, causal = false, window = 0, positions = "none", activation = "relu" } = config;
  const { order = "pre", norm = "layer", epsilon = 1e-5, dropout = 0 } = config;
  if (order !== "pre" || norm !== "layer" || positions === "rotary" || activation === "swiglu" || dropout > 0) return undefined;
  const slopes = positions === "alibi" ? alibiSlopes(heads) : undefined;
  const shape: BlockShape = { heads, keyValueHeads, causal, window, slopes, epsilon, activation };
  return (params, x, lengths) => fusedBlock(x, params as BlockParams, { ...shape, keyLengths: lengths });
}
