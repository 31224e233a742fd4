import type { Pointer } from "@refrain/kernels";
import type { Workbench } from "../simd/workbench.ts";
import { layOut } from "./lay-out.ts";

/** Buffers that are laid out anew when more texts are read at once than ever before. */
export type GrowingBuffers<Name extends string> = {
  /** Buffers for so many texts at least. Those of an earlier call may be gone. */
  for(texts: number): Record<Name, Pointer>;
  free(): void;
};

/** Buffers of so many numbers for so many texts; the larger ones are had before those that they replace are given back. */
export function growingBuffers<Name extends string>(bench: Pick<Workbench, "heap">, sizesFor: (texts: number) => Record<Name, number>): GrowingBuffers<Name> {
  const first = Object.keys(sizesFor(1))[0] as Name;
  let room = 1,
    buffers = layOut(bench, sizesFor(room));
  return {
    for(texts) {
      if (texts > room) {
        const larger = layOut(bench, sizesFor(texts));
        bench.heap.free(buffers[first]);
        [room, buffers] = [texts, larger];
      }
      return buffers;
    },
    free: () => bench.heap.free(buffers[first]),
  };
}
