import { engine, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { expectClose } from "./numbers.ts";

/** The backends that every test of numbers runs on. */
export const BACKENDS = ["simd", "cpu"] as const;

/** Core's `useBackend`, handed in: core's own tests use these checks too. */
type UseBackend = (name: (typeof BACKENDS)[number]) => Promise<unknown>;

/** What the `simd` backend tells of its heap. */
type Heap = { bytes(): number; blocks(): number };

/** Tensors, data that operations keep for themselves, and what the kernels' heap holds. */
function held(): object {
  const { numTensors, numDataBuffers } = engine().memory();
  const heap = (engine().backend as { kernels?: { heap: Heap } }).kernels?.heap;
  return { numTensors, numDataBuffers, data: engine().backend.numDataIds(), heapBytes: heap?.bytes(), heapBlocks: heap?.blocks() };
}

/** Fails unless `compute` gives tensors of the same shapes, types and numbers on `simd` as on `cpu`, and leaves none behind. */
export async function expectSameOnBoth(useBackend: UseBackend, compute: () => Tensor | readonly Tensor[], bound = 1e-5): Promise<void> {
  const found: { shape: number[]; dtype: string; values: ArrayLike<number> }[][] = [];
  for (const backend of BACKENDS) {
    await useBackend(backend);
    const before = held();
    found.push(tidy(() => [compute()].flat().map((t) => ({ shape: t.shape, dtype: t.dtype, values: t.dataSync().slice() })) as never));
    expect(held(), `held on ${backend}`).toEqual(before);
  }
  const [ours, reference] = found as [(typeof found)[number], (typeof found)[number]];
  expect(ours.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(reference.map(({ shape, dtype }) => ({ shape, dtype })));
  ours.forEach(({ values }, i) => expectClose(values, (reference[i] as (typeof ours)[number]).values, bound));
}

/** Fails unless a second `run` leaves as many tensors and heap bytes as it found; the first may move what lives into the heap. */
export function expectNoLeak(run: () => void): void {
  run();
  const before = held();
  run();
  expect(held()).toEqual(before);
}
