import type { Heap, Pointer } from "@refrain/kernels";

/** Room for so many numbers in the heap, until the work it was lent for is done. */
export type Lend = (count: number) => Pointer;

/** Does work with room in the heap that is given back afterwards, whatever comes of it. */
export function withScratch<T>(heap: Heap, work: (lend: Lend) => T): T {
  const lent: Pointer[] = [];
  try {
    return work((count) => {
      const at = heap.alloc(4 * count);
      lent.push(at);
      return at;
    });
  } finally {
    for (const at of lent) heap.free(at);
  }
}
