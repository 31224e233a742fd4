import type { Heap } from "./heap.ts";
import type { KernelFunctions, Kernels, Pointer } from "./kernels.ts";

/** A small whole-numbered product, exact in f32 under any rounding, that passes through packing, full tiles and edges. */
const ROWS = 7,
  COLUMNS = 11,
  DEPTH = 5;
const left = (row: number, step: number) => ((row * 3 + step * 5) % 7) - 3;
const right = (step: number, column: number) => ((step * 2 + column * 3) % 5) - 2;

/**
 * Weights at both ends of a byte, and vectors at both ends of what they are rounded to: the sums that an engine gets wrong that takes the seven
 * bits for eight, or saturates. The answers are exact.
 */
function checkInt8({ alloc, free, f32 }: Heap, run: KernelFunctions, wrong: (what: string, got: number, want: number) => void): void {
  const depth = 8;
  const [m, x, y, packed] = [2 * depth, depth, 2, Math.ceil(run.int8Bytes(2, depth) / 4)].map((count) => alloc(4 * count)) as [
    Pointer,
    Pointer,
    Pointer,
    Pointer,
  ];
  try {
    f32(m, 2 * depth).forEach((_, i, all) => {
      all[i] = i < depth ? 127 : -127;
    });
    run.packInt8(2, depth, m, depth, packed);
    for (const end of [63, -63]) {
      f32(x, depth).fill(end);
      run.multiplyInt8(1, 2, depth, x, depth, packed, 0, y, 2, false);
      [127, -127].forEach((weight, i) => {
        const [got, want] = [f32(y, 2)[i] as number, depth * weight * end];
        if (got !== want) wrong("a product of bytes", got, want);
      });
    }
  } finally {
    for (const block of [m, x, y, packed]) free(block);
  }
}

/**
 * Compares products and an exponential with their known answers, so that an engine whose SIMD is wrong is never used.
 * Throws an Error that names the build and the first wrong number.
 */
export function selfTest({ build, heap, run }: Kernels): void {
  const wrong = (what: string, got: number, want: number) => {
    throw new Error(
      `the ${build} kernels compute ${what} = ${got} here, not ${want}: this WebAssembly engine's SIMD is faulty. Ask for another build, or run without special engine flags.`,
    );
  };
  const block = heap.alloc(4 * (ROWS * DEPTH + DEPTH * COLUMNS + ROWS * COLUMNS));
  try {
    const a = block,
      b = a + 4 * ROWS * DEPTH,
      c = b + 4 * DEPTH * COLUMNS;
    heap.f32(a, ROWS * DEPTH).forEach((_, i, all) => {
      all[i] = left(Math.floor(i / DEPTH), i % DEPTH);
    });
    heap.f32(b, DEPTH * COLUMNS).forEach((_, i, all) => {
      all[i] = right(Math.floor(i / COLUMNS), i % COLUMNS);
    });
    checkInt8(heap, run, wrong);
    run.gemm(false, false, ROWS, COLUMNS, DEPTH, a, DEPTH, b, COLUMNS, 0, c, COLUMNS, false);
    heap.f32(c, ROWS * COLUMNS).forEach((got, i) => {
      let want = 0;
      for (let step = 0; step < DEPTH; step++) want += left(Math.floor(i / COLUMNS), step) * right(step, i % COLUMNS);
      if (got !== want) wrong(`entry ${i} of a matrix product`, got, want);
    });
    heap.f32(a, 4).set([0, 1, -20, 80]);
    run.unary(0, 4, a, a);
    [1, Math.E, Math.exp(-20), Math.exp(80)].forEach((want, i) => {
      const got = heap.f32(a, 4)[i] as number;
      if (!(Math.abs(got / want - 1) < 1e-6)) wrong("an exponential", got, want);
    });
  } finally {
    heap.free(block);
  }
}
