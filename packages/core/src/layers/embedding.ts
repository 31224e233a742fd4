import { gather, type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import type { Layer } from "../contract.ts";
import { normal } from "@refrain/sampling";

/** `weight` [size, width]: a row for each token. */
export type EmbeddingParams = { readonly weight: Tensor2D };

/** The sizes of an embedding. */
export type EmbeddingConfig = {
  /** Tokens in the vocabulary. */
  readonly size: number;
  /** Features of a token. */
  readonly width: number;
};

/** Picks a token's row: int32 [..] to [.., width]. Starts normal (0, 1), as PyTorch's Embedding. */
export function embedding({ size, width }: EmbeddingConfig): Layer<EmbeddingParams, Tensor, Tensor> {
  return {
    kind: "embedding",
    config: { size, width },
    init: (key) => ({ weight: tensor2d(normal(key, size * width), [size, width]) }),
    apply: ({ weight }, tokens) => gather(weight, tokens),
  };
}
