import type { Heap } from "../heap.ts";
import type { Pointer } from "../kernels.ts";
import { layOut } from "./lay-out.ts";

/** Buffers that are laid out anew when more rows are computed at once than ever before. */
export type GrowingBuffers<Name extends string> = {
  /** Buffers for so many rows at least. Those of an earlier call may be gone. */
  for(rows: number): Record<Name, Pointer>;
  /** Gives the buffers back. */
  free(): void;
};

/** Buffers of so many numbers for so many rows; the larger ones are had before those that they replace are given back. */
export function growingBuffers<Name extends string>(heap: Heap, sizesFor: (rows: number) => Record<Name, number>): GrowingBuffers<Name> {
  const first = Object.keys(sizesFor(1))[0] as Name;
  let room = 1,
    buffers = layOut(heap, sizesFor(room));
  return {
    for(rows) {
      if (rows > room) {
        const larger = layOut(heap, sizesFor(rows));
        heap.free(buffers[first]);
        [room, buffers] = [rows, larger];
      }
      return buffers;
    },
    free: () => heap.free(buffers[first]),
  };
}
