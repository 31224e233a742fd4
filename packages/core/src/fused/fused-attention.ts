import type { Tensor3D } from "@tensorflow/tfjs-core";

export type AttentionShape = {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly causal: boolean;
  readonly window: number;
  readonly slopes?: readonly number[] | undefined;
  readonly keyLengths?: readonly number[] | undefined;
};

export function fusedAttention(_query: Tensor3D, _keyValues: Tensor3D, _shape: AttentionShape): Tensor3D | undefined {
  return undefined;
}
