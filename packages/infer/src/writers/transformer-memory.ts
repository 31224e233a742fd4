import type { Heap, Pointer } from "@refrain/kernels";
import type { BlockLayer } from "@refrain/kernels/nets";
import { withScratch } from "../with-scratch.ts";

/** What a Transformer's decoder looks at: each layer's keys and values of an encoder's outputs, in one block that forks share. */
export type TransformerMemory = {
  readonly places: number;
  /** [places, features]: the encoder's outputs, from which the rest can be made again. */
  readonly values: Float32Array;
  /** Where a layer's keys and values [places, width] lie. */
  rows(layer: number): Pointer;
  /** Counts one user more, and one fewer; with the last one the block is given back. */
  hold(): void;
  drop(): void;
};

/** A memory with one user. */
export function transformerMemory(heap: Heap, layers: readonly BlockLayer[], width: number, values: Float32Array, places: number): TransformerMemory {
  const block = heap.alloc(4 * layers.length * places * width);
  const rows = (layer: number) => block + 4 * layer * places * width;
  withScratch(heap, (lend) => {
    const from = lend(values.length);
    heap.f32(from, values.length).set(values);
    layers.forEach(({ cross }, layer) => {
      const { matrix, bias } = (cross as NonNullable<BlockLayer["cross"]>).keyValue;
      matrix.multiply(places, from, bias, rows(layer));
    });
  });
  let users = 1;
  return {
    places,
    values,
    rows,
    hold() {
      users++;
    },
    drop() {
      if (--users === 0) heap.free(block);
    },
  };
}
