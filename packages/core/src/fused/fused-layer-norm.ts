import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { gpuLayerNorm } from "../webgpu/gpu-layer-norm.ts";
import { onWebgpu } from "../webgpu/run-program.ts";

/** Layer norm over the last axis; undefined where the backend is neither `simd` nor `webgpu`, or there is nothing. `weight`, `bias` [features]. */
export function fusedLayerNorm(x: Tensor, weight: Tensor1D, bias: Tensor1D, epsilon: number): Tensor | undefined {
  const bench = workbench();
  if (!bench) return onWebgpu() && x.size > 0 ? gpuLayerNorm(x, weight, bias, epsilon) : undefined;
  const { run, tensor, at } = bench;
  const columns = weight.size,
    rows = x.size / columns;
  const [y] = customOp({
    inputs: { x, weight, bias },
    forward(save) {
      const y = tensor(x.shape),
        means = tensor([rows]),
        scales = tensor([rows]);
      run.layerNormForward(rows, columns, at(x), at(weight), at(bias), epsilon, at(y), at(means), at(scales));
      save([means, scales]);
      return [y];
    },
    backward([dy], [means, scales]) {
      const dx = tensor(x.shape),
        dWeight = tensor([columns]),
        dBias = tensor([columns]);
      run.layerNormBackward(rows, columns, at(x), at(weight), at(means), at(scales), at(dy), at(dx), at(dWeight), at(dBias));
      return { x: dx, weight: dWeight, bias: dBias };
    },
  });
  return y as Tensor;
}
