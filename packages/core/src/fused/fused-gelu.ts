import type { Tensor } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { gpuGelu } from "../webgpu/gpu-gelu.ts";
import { onWebgpu } from "../webgpu/run-program.ts";

/** GELU of every number, by erf or by tanh; undefined where the backend is neither `simd` nor `webgpu`, or there are no floats. */
export function fusedGelu(x: Tensor, byTanh: boolean): Tensor | undefined {
  const bench = workbench();
  if (x.dtype !== "float32") return undefined;
  if (!bench) return onWebgpu() && x.size > 0 ? gpuGelu(x, byTanh) : undefined;
  const { run, tensor, at } = bench;
  const [y] = customOp({
    inputs: { x },
    forward() {
      const y = tensor(x.shape);
      run.geluForward(x.size, byTanh, at(x), at(y), 0);
      return [y];
    },
    backward([dy]) {
      const dx = tensor(x.shape);
      run.geluBackward(x.size, byTanh, at(x), at(dy), at(dx));
      return { x: dx };
    },
  });
  return y;
}
