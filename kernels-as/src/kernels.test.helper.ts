import { expect } from "vitest";
import type { Kernels, Pointer } from "./kernels.ts";
import { loadKernels } from "./load-kernels.ts";

/** The kernels of both builds. Node 24 runs both, so one that does not load fails every test that asks. */
export async function bothBuilds(): Promise<Kernels[]> {
  return await Promise.all([loadKernels({ build: "relaxed" }), loadKernels({ build: "simd" })]);
}

/** An array's place on the heap, and what stands there now. */
export type Placed = { readonly at: Pointer; floats(): Float32Array; ints(): Int32Array };

/** Numbers before and behind each array that no kernel may write; read as floats they are NaN, so that a kernel that uses one shows. */
const GUARD = 8;
const MARK = 0x7fc0_0bad;

/** Lends arrays places on the heap while `body` runs. Fails when a kernel wrote beside one of them. */
export function onHeap<T>({ heap }: Kernels, body: (put: (values: Float32Array | Int32Array) => Placed) => T): T {
  const lent: { block: Pointer; length: number }[] = [];
  try {
    const result = body((values) => {
      const length = values.length + 2 * GUARD;
      const block = heap.alloc(4 * length);
      const at = block + 4 * GUARD;
      lent.push({ block, length });
      heap.i32(block, length).fill(MARK);
      (values instanceof Int32Array ? heap.i32(at, values.length) : heap.f32(at, values.length)).set(values);
      return { at, floats: () => heap.f32(at, values.length).slice(), ints: () => heap.i32(at, values.length).slice() };
    });
    for (const { block, length } of lent) {
      const all = heap.i32(block, length);
      expect([...all.subarray(0, GUARD), ...all.subarray(-GUARD)], "the numbers beside an array").toEqual(Array(2 * GUARD).fill(MARK));
    }
    return result;
  } finally {
    for (const { block } of lent) heap.free(block);
  }
}

/** `count` numbers from -scale to scale that look random; one seed, the same numbers. */
export function numbers(seed: number, count: number, scale = 1): Float32Array {
  const out = new Float32Array(count);
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    out[i] = (((state ^ (state >>> 13)) >>> 8) / 2 ** 23 - 1) * scale;
  }
  return out;
}

/** An array for a kernel to fill: what it leaves out stays NaN. */
export function empty(count: number): Float32Array {
  return new Float32Array(count).fill(Number.NaN);
}

/** The largest |got - want| / (1 + |want|), 0 where all agree; NaN when the lengths differ or a number is NaN on one side only. */
export function worst(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.NaN;
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    const a = got[i] as number;
    const b = want[i] as number;
    if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) most = Math.max(most, Math.abs(a - b) / (1 + Math.abs(b)));
  }
  return most;
}
