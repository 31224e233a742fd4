import type { Heap } from "../heap.ts";
import type { Pointer } from "../kernels.ts";

/** One block for several buffers of so many numbers, each 16-byte aligned, the first at the block's start. */
export function layOut<Name extends string>(heap: Heap, sizes: Record<Name, number>): Record<Name, Pointer> {
  const aligned = Object.entries<number>(sizes).map(([name, size]) => [name, Math.ceil(size / 4) * 16] as const);
  let next = heap.alloc(aligned.reduce((sum, [, bytes]) => sum + bytes, 0));
  const places = aligned.map(([name, bytes]) => {
    const place = next;
    next += bytes;
    return [name, place];
  });
  return Object.fromEntries(places) as Record<Name, Pointer>;
}
