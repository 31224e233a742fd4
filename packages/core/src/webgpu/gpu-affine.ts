import { fused, matMul, reshape, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { sumRows } from "./sum-rows.ts";

/** The product of `fusedAffine` on WebGPU by TensorFlow.js's own program: one dispatch, three for its gradients. */
export function gpuAffine(x: Tensor, weight: Tensor2D, bias: Tensor | undefined): Tensor {
  const [outputs, inputs] = weight.shape;
  const rows = (tensor: Tensor, width: number) => reshape(tensor, [-1, width]) as Tensor2D;
  const [y] = customOp({
    inputs: { x, weight, ...(bias && { bias }) },
    forward: () => [reshape(fused.matMul({ a: rows(x, inputs), b: weight, transposeB: true, ...(bias && { bias }) }), [...x.shape.slice(0, -1), outputs])],
    backward([given]) {
      const dy = rows(given as Tensor, outputs);
      return {
        x: reshape(matMul(dy, weight), x.shape),
        weight: matMul(dy, rows(x, inputs), true, false),
        ...(bias && { bias: sumRows(dy, outputs) }),
      };
    },
  });
  return y as Tensor;
}
