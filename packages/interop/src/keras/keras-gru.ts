import { addN, concat, mul, reshape, split, stack, type Tensor, type Tensor1D, zeros } from "@tensorflow/tfjs-core";
import type { GruConfig, GruParams } from "@refrain/cells";
import { mapTree } from "@refrain/core";
import type { Mapping } from "../contract.ts";
import { mapping } from "../mapping.ts";
import type { Reader } from "../reader.ts";
import { biasesOf, readKernels, writeKernels } from "./kernels.ts";

/**
 * The weights of Keras 3's GRU, gates z, r, h: kernel [input, 3 * hidden], recurrent_kernel [hidden, 3 * hidden], and with use_bias bias.
 * It is `gru` of the same `reset` where Keras's activations are its defaults, sigmoid and tanh.
 *
 * - `reset: "after"`, the default here and there, is reset_after=True; bias [2, 3 * hidden] is the input's and the hidden state's.
 * - `reset: "before"` is reset_after=False; bias [3 * hidden] is loaded as the input's beside one of 0 for the hidden state, and saved
 *   as the sum of both. Keras's z says what share of the state stays, ours what share is new, so that all that makes z changes its sign.
 */
export function kerasGru({ reset = "after" }: Pick<GruConfig, "reset"> = {}): Mapping<GruParams> {
  if (reset !== "after" && reset !== "before") throw new TypeError(`kerasGru: reset must be "after" or "before", but is ${JSON.stringify(reset)}.`);
  const sign = reset === "before" ? -1 : 1;
  /** Rows of gates z, r, h as ours, r, z, n; and back. */
  const ours = (x: Tensor) => {
    const [z, r, h] = split(x, 3) as [Tensor, Tensor, Tensor];
    return concat([r, mul(z, sign), h]);
  };
  const theirs = (x: Tensor) => {
    const [r, z, n] = split(x, 3) as [Tensor, Tensor, Tensor];
    return concat([mul(z, sign), r, n]);
  };
  const readBiases = (reader: Reader, rows: number): { biasInput: Tensor1D; biasHidden: Tensor1D } => {
    if (reset === "before") return { biasInput: reader.vector("bias", rows), biasHidden: zeros([rows]) };
    const [biasInput, biasHidden] = split(reshape(reader.matrix("bias", 2, rows), [2 * rows]), 2) as [Tensor1D, Tensor1D];
    return { biasInput, biasHidden };
  };
  return mapping<GruParams>("kerasGru", {
    read(reader) {
      const kernels = readKernels(reader, 3);
      return mapTree({ ...kernels, ...(reader.has("bias") && readBiases(reader, kernels.weightInput.shape[0])) }, ours);
    },
    write(params) {
      const biases = biasesOf("kerasGru", params).map(theirs);
      return {
        ...writeKernels(mapTree(params, theirs)),
        ...(biases.length > 0 && { bias: reset === "before" ? addN(biases) : stack(biases) }),
      };
    },
  });
}
