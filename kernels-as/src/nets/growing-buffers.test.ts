import { expect, test } from "vitest";
import { loadKernels } from "../load-kernels.ts";
import { growingBuffers } from "./growing-buffers.ts";

test("buffers are apart, aligned, laid out anew for more rows alone, and given back", async () => {
  const { heap } = await loadKernels();
  const buffers = growingBuffers(heap, (rows) => ({ a: 3 * rows, b: 5 * rows, c: rows }));
  const one = buffers.for(1);
  expect([one.a, one.b, one.c].map((at) => at % 16)).toEqual([0, 0, 0]);
  expect([one.b - one.a, one.c - one.b]).toEqual([16, 32]);
  const seven = buffers.for(7);
  expect(heap.blocks()).toBe(1);
  expect([seven.b - seven.a, seven.c - seven.b]).toEqual([96, 144]);
  expect(buffers.for(2)).toBe(seven);
  buffers.free();
  expect(heap.blocks()).toBe(0);
});
