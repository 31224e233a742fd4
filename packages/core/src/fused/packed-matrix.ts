import type { Kernels, Pointer } from "@refrain/kernels";
import type { DecoderWeights } from "./decoder-weights.ts";

/** A weight matrix [outputs, depth] packed for products with few vectors, in a block of the heap of its own. */
export type PackedMatrix = {
  /** y[rows, outputs] (+)= x[rows, depth] times its transpose, + bias [outputs] or 0. */
  multiply(rows: number, x: Pointer, bias: Pointer, y: Pointer, accumulate?: boolean): void;
  free(): void;
};

/** Packs the matrix [outputs, depth] that lies at `m`. */
export function packMatrix(
  { run, heap }: Pick<Kernels, "run" | "heap">,
  weights: DecoderWeights,
  [outputs, depth]: readonly number[],
  m: Pointer,
): PackedMatrix {
  const [n, k] = [outputs as number, depth as number];
  const kernel = weights === "int8" ? int8Of(run) : f32Of(run);
  const block = heap.alloc(kernel.bytes(n, k));
  kernel.pack(n, k, m, k, block);
  return {
    multiply: (rows, x, bias, y, accumulate = false) => kernel.multiply(rows, n, k, x, k, block, bias, y, n, accumulate),
    free: () => heap.free(block),
  };
}

const f32Of = ({ panelBytes, packPanels, multiplyPanels }: Kernels["run"]) => ({ bytes: panelBytes, pack: packPanels, multiply: multiplyPanels });
const int8Of = ({ int8Bytes, packInt8, multiplyInt8 }: Kernels["run"]) => ({ bytes: int8Bytes, pack: packInt8, multiply: multiplyInt8 });
