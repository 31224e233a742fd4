import type { Pointer } from "@refrain/kernels";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Workbench } from "../simd/workbench.ts";

/**
 * Copies the biases of keys and values to `out`, those of the keys as zeros: where keys are not turned, theirs count for nothing (see `multiHead`).
 *
 * @returns `out`.
 */
export function copyValueBias({ heap, at }: Pick<Workbench, "heap" | "at">, bias: Tensor, out: Pointer): Pointer {
  const from = at(bias);
  const values = heap.f32(out, bias.size);
  values.set(heap.f32(from, bias.size));
  values.fill(0, 0, bias.size / 2);
  return out;
}
