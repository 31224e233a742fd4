import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { gpuAffine } from "../webgpu/gpu-affine.ts";
import { onWebgpu } from "../webgpu/run-program.ts";

/** x weight^T + bias over the last axis, as one operation; undefined where the backend is neither `simd` nor `webgpu`. `x` [.., inputs], `weight` [outputs, inputs], `bias` [outputs]. */
export function fusedAffine(x: Tensor, weight: Tensor2D, bias: Tensor | undefined): Tensor | undefined {
  const bench = workbench();
  const [outputs, inputs] = weight.shape;
  const gpu = onWebgpu() && x.size > 0 && weight.size > 0;
  if ((!bench && !gpu) || [x, weight, bias ?? x].some(({ dtype }) => dtype !== "float32") || (bias && bias.size !== outputs)) return undefined;
  if (!bench) return gpuAffine(x, weight, bias);
  const { run, tensor, at } = bench;
  const rows = x.size / inputs;
  const [y] = customOp({
    inputs: { x, weight, ...(bias && { bias }) },
    forward() {
      const y = tensor([...x.shape.slice(0, -1), outputs]);
      run.gemm(false, true, rows, outputs, inputs, at(x), inputs, at(weight), inputs, at(bias), at(y), outputs, false);
      return [y];
    },
    backward([dy]) {
      const dx = tensor(x.shape),
        dWeight = tensor(weight.shape);
      run.gemm(false, false, rows, inputs, outputs, at(dy), outputs, at(weight), inputs, 0, at(dx), inputs, false);
      run.gemm(true, false, outputs, inputs, rows, at(dy), outputs, at(x), inputs, 0, at(dWeight), inputs, false);
      const dBias = bias && tensor(bias.shape);
      if (dBias) run.sumColumns(rows, outputs, at(dy), at(dBias), false);
      return { x: dx, weight: dWeight, ...(dBias && { bias: dBias }) };
    },
  });
  return y;
}
