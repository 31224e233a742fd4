import { add, fused, getBackend, matMul, reshape, type Tensor, type Tensor1D, type Tensor2D, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import type { Layer } from "../contract.ts";
import { fusedAffine } from "../fused/fused-affine.ts";
import { split, uniform } from "@refrain/sampling";

/** The parameters of a dense layer. */
export type DenseParams = {
  /** [outputs, inputs] */
  readonly weight: Tensor2D;
  /** [outputs] */
  readonly bias?: Tensor1D;
};

/** The sizes of a dense layer; there is a bias by default. */
export type DenseConfig = { readonly inputs: number; readonly outputs: number; readonly bias?: boolean };

/**
 * x weight^T + bias over the last axis: [.., inputs] to [.., outputs]. Starts uniform in +-1/sqrt(inputs), as PyTorch's Linear.
 */
export function dense({ inputs, outputs, bias = true }: DenseConfig): Layer<DenseParams, Tensor, Tensor> {
  const bound = 1 / Math.sqrt(inputs);
  return {
    kind: "dense",
    config: { inputs, outputs, bias },
    init(key) {
      const [weightKey, biasKey] = split(key) as [typeof key, typeof key];
      const weight = tensor2d(uniform(weightKey, outputs * inputs, -bound, bound), [outputs, inputs]);
      return bias ? { weight, bias: tensor1d(uniform(biasKey, outputs, -bound, bound)) } : { weight };
    },
    apply: (params, x) => affine(x, params),
  };
}

/** x weight^T + bias over the last axis. @throws {Error} when the last axis of `x` is not the weight's inputs. */
export function affine(x: Tensor, { weight, bias }: DenseParams): Tensor {
  const inputs = weight.shape[1];
  if (x.shape.at(-1) !== inputs) throw new Error(`dense: the last axis of x must have ${inputs} features, but x is [${x.shape}].`);
  return fusedAffine(x, weight, bias) ?? composed(x, weight, bias);
}

function composed(x: Tensor, weight: Tensor2D, bias: Tensor1D | undefined): Tensor {
  const [outputs, inputs] = weight.shape;
  const rows = reshape(x, [-1, inputs]) as Tensor2D;
  // TensorFlow.js's wasm backend adds a bias wrongly to a product with a transposed matrix.
  const apart = bias !== undefined && getBackend() === "wasm";
  const product = bias && !apart ? fused.matMul({ a: rows, b: weight, transposeB: true, bias }) : matMul(rows, weight, false, true);
  const y = apart ? add(product, bias) : product;
  return reshape(y, [...x.shape.slice(0, -1), outputs]);
}
