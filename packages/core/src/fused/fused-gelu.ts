import type { Tensor } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";

/** GELU of every number, by erf or by tanh; undefined where the backend is not `simd`, or the numbers are no floats. */
export function fusedGelu(x: Tensor, byTanh: boolean): Tensor | undefined {
  const bench = workbench();
  if (!bench || x.dtype !== "float32") return undefined;
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
