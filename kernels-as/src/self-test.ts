import type { Kernels, Pointer } from "./kernels.ts";

/*
 * Known answers, so that an engine whose SIMD is wrong is never used. Each check throws an Error that names the build and the first wrong number.
 */

function faulty({ build }: Kernels, what: string, got: number, want: number): Error {
  return new Error(
    `the ${build} kernels compute ${what} = ${got} here, not ${want}: this WebAssembly engine's SIMD is faulty. Ask for another build, or run without special engine flags.`,
  );
}

/** A place for so many numbers, while a check lasts. */
function lend(kernels: Kernels, count: number, check: (at: Pointer) => void): void {
  const { heap } = kernels;
  const block = heap.alloc(4 * count);
  try {
    check(block);
  } finally {
    heap.free(block);
  }
}

/** All checks. */
export function selfTest(kernels: Kernels): void {
  checkBytes(kernels);
  checkProducts(kernels);
  checkExponentials(kernels);
}

/**
 * Weights at both ends of a byte, and vectors at both ends of what they are rounded to: the sums that an engine gets wrong that takes the seven
 * bits for eight, or saturates. The answers are exact.
 */
export function checkBytes(kernels: Kernels): void {
  const { heap, run } = kernels;
  const depth = 8;
  lend(kernels, 3 * depth + 4 + Math.ceil(run.int8Bytes(2, depth) / 4), (m) => {
    const x = m + 8 * depth,
      y = x + 4 * depth,
      packed = y + 16;
    heap.f32(m, depth).fill(127);
    heap.f32(m + 4 * depth, depth).fill(-127);
    run.packInt8(2, depth, m, depth, packed);
    for (const end of [63, -63]) {
      heap.f32(x, depth).fill(end);
      run.multiplyInt8(1, 2, depth, x, depth, packed, 0, y, 2, false);
      [127, -127].forEach((weight, i) => {
        const [got, want] = [heap.f32(y, 2)[i] as number, depth * weight * end];
        if (got !== want) throw faulty(kernels, "a product of bytes", got, want);
      });
    }
  });
}

export function checkExponentials(kernels: Kernels): void {
  const { heap, run } = kernels;
  lend(kernels, 4, (x) => {
    const powers = [0, 1, -20, 80];
    heap.f32(x, 4).set(powers);
    run.unary(0, 4, x, x);
    powers.forEach((power, i) => {
      const [got, want] = [heap.f32(x, 4)[i] as number, Math.exp(power)];
      if (!(Math.abs(got / want - 1) < 1e-6)) throw faulty(kernels, "an exponential", got, want);
    });
  });
}

/** A small whole-numbered product, exact in f32 under any rounding, that passes through packing, full tiles and edges. */
function checkProducts(kernels: Kernels): void {
  const { heap, run } = kernels;
  const [rows, columns, depth] = [7, 11, 5];
  const left = (row: number, step: number) => ((row * 3 + step * 5) % 7) - 3;
  const right = (step: number, column: number) => ((step * 2 + column * 3) % 5) - 2;
  lend(kernels, rows * depth + depth * columns + rows * columns, (a) => {
    const b = a + 4 * rows * depth,
      c = b + 4 * depth * columns;
    heap.f32(a, rows * depth).forEach((_, i, all) => {
      all[i] = left(Math.floor(i / depth), i % depth);
    });
    heap.f32(b, depth * columns).forEach((_, i, all) => {
      all[i] = right(Math.floor(i / columns), i % columns);
    });
    run.gemm(false, false, rows, columns, depth, a, depth, b, columns, 0, c, columns, false);
    heap.f32(c, rows * columns).forEach((got, i) => {
      let want = 0;
      for (let step = 0; step < depth; step++) want += left(Math.floor(i / columns), step) * right(step, i % columns);
      if (got !== want) throw faulty(kernels, `entry ${i} of a matrix product`, got, want);
    });
  });
}
