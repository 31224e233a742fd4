import { expect, test } from "vitest";
import { loadKernels } from "../load-kernels.ts";
import { packMatrix, packWholeMatrix } from "./packed-matrix.ts";

const kernels = await loadKernels();
const { heap, run } = kernels;

test("a matrix too large to be counted is refused before anything is written", () => {
  expect(run.panelBytes(1, 2 ** 26)).toBe(2 ** 32);
  expect(run.int8Bytes(1, 2 ** 28)).toBe(2 ** 32 + 128);
  for (const as of ["f32", "int8"] as const) expect(() => packMatrix(kernels, as, 1, 2 ** 28, 0)).toThrow(/^heap\.alloc: one block of (4096|16384)\./);
  expect(heap.blocks()).toBe(0);
});

test("whole numbers beyond 127, and scales that are none, are found out, wherever they stand", () => {
  const [rows, columns] = [3, 37];
  const [m, scales] = [heap.alloc(rows * columns), heap.alloc(4 * rows)];
  const pack = () => {
    const matrix = packWholeMatrix(kernels, rows, columns, m, scales);
    matrix?.free();
    return matrix !== undefined;
  };
  heap.u8(m, rows * columns).fill(129);
  heap.f32(scales, rows).fill(0.5);
  expect(pack()).toBe(true);
  for (const at of [0, 15, 36, 37, 110]) {
    heap.u8(m, rows * columns)[at] = 128;
    expect(pack()).toBe(false);
    heap.u8(m, rows * columns)[at] = 129;
  }
  for (const scale of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    heap.f32(scales, rows)[2] = scale;
    expect(pack()).toBe(false);
  }
  for (const block of [m, scales]) heap.free(block);
  expect(heap.blocks()).toBe(0);
});
