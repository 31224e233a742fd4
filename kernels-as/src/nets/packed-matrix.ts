import type { Kernels, Pointer } from "../kernels.ts";

/** How a packed matrix holds its numbers: as they are, or as whole numbers of a byte with a scale for each row, a quarter of the bytes. */
export type PackedAs = "f32" | "int8";

/** A weight matrix [outputs, inputs] packed for products with few vectors, in a block of the heap of its own. */
export type PackedMatrix = {
  readonly outputs: number;
  readonly inputs: number;
  /** y[rows, outputs] (+)= x[rows, inputs] times its transpose, + bias [outputs] or 0. */
  multiply(rows: number, x: Pointer, bias: Pointer, y: Pointer, accumulate?: boolean): void;
  /** Gives the block back. */
  free(): void;
};

type Engine = Pick<Kernels, "run" | "heap">;

/** Packs the matrix [outputs, inputs] of f32 that lies at `m`. */
export function packMatrix({ run, heap }: Engine, as: PackedAs, outputs: number, inputs: number, m: Pointer): PackedMatrix {
  const pack = as === "int8" ? run.packInt8 : run.packPanels;
  return packed({ run, heap }, as, outputs, inputs, (block) => pack(outputs, inputs, m, inputs, block));
}

/**
 * Packs in int8 what is whole already: i8 [outputs, inputs] from -127 to 127 at `m`, and a scale of each row, f32 [outputs]. Gives undefined when a
 * number is -128, or a scale is negative, infinite or no number.
 */
export function packWholeMatrix({ run, heap }: Engine, outputs: number, inputs: number, m: Pointer, scales: Pointer): PackedMatrix | undefined {
  let right: boolean | number = true;
  const matrix = packed({ run, heap }, "int8", outputs, inputs, (block) => {
    right = run.packWhole(outputs, inputs, m, scales, block);
  });
  if (right) return matrix;
  matrix.free();
  return undefined;
}

function packed({ run, heap }: Engine, as: PackedAs, outputs: number, inputs: number, pack: (block: Pointer) => void): PackedMatrix {
  const [bytes, multiply] = as === "int8" ? [run.int8Bytes, run.multiplyInt8] : [run.panelBytes, run.multiplyPanels];
  const block = heap.alloc(bytes(outputs, inputs));
  try {
    pack(block);
  } catch (error) {
    heap.free(block);
    throw error;
  }
  return {
    outputs,
    inputs,
    multiply: (rows, x, bias, y, accumulate = false) => multiply(rows, outputs, inputs, x, inputs, block, bias, y, outputs, accumulate),
    free: () => heap.free(block),
  };
}
