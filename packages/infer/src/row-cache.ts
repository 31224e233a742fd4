import type { Heap, Pointer } from "@refrain/kernels";

/** Rows that each layer keeps of a text, growing with it: keys and values. */
export type RowCache = {
  /** Rows that are kept. */
  readonly length: number;
  /** Makes room for so many rows more of each layer. Where a layer's rows lie changes. */
  grow(rows: number): void;
  /** Where a layer's rows [length, width] begin. */
  rows(layer: number): Pointer;
  /** Forgets all rows. */
  clear(): void;
  copy(): RowCache;
  /** All rows [layers, length, width], copied. */
  save(): Float32Array;
  free(): void;
};

/** Rows that there is room for at first; a full block is copied into one twice as large. */
const FIRST_ROWS = 64;

/** A cache for so many layers, whose rows have so many numbers, `most` rows as a rule; `saved` is what another one's `save` gave. */
export function rowCache(heap: Heap, layers: number, width: number, most: number, saved: Float32Array = new Float32Array(0)): RowCache {
  let length = saved.length / (layers * width),
    capacity = Math.max(Math.min(FIRST_ROWS, most), length),
    block = heap.alloc(4 * layers * capacity * width);
  const own = (layer: number, from: Pointer = block, room = capacity) => heap.f32(from + 4 * layer * room * width, length * width);
  for (let layer = 0; layer < layers; layer++) own(layer).set(saved.subarray(layer * length * width, (layer + 1) * length * width));
  const save = () => {
    const all = new Float32Array(layers * length * width);
    for (let layer = 0; layer < layers; layer++) all.set(own(layer), layer * length * width);
    return all;
  };
  return {
    get length() {
      return length;
    },
    grow(rows) {
      if (length + rows > capacity) {
        const room = Math.max(length + rows, Math.min(2 * capacity, most));
        const larger = heap.alloc(4 * layers * room * width);
        for (let layer = 0; layer < layers; layer++) own(layer, larger, room).set(own(layer));
        heap.free(block);
        [block, capacity] = [larger, room];
      }
      length += rows;
    },
    rows: (layer) => block + 4 * layer * capacity * width,
    clear() {
      length = 0;
    },
    copy: () => rowCache(heap, layers, width, most, save()),
    save,
    free: () => heap.free(block),
  };
}
