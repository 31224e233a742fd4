import type { Heap, Pointer } from "@refrain/kernels";

/** Rows that each layer keeps of a text, growing with it: keys and values. */
export type RowCache = {
  /** Rows that are kept. */
  readonly length: number;
  /** Makes room for one row more of each layer, at most so many. Where a layer's rows lie changes. */
  grow(): void;
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

/** A cache for so many layers, whose rows have so many numbers; `saved` is what another one's `save` gave. */
export function rowCache(heap: Heap, layers: number, width: number, saved: Float32Array = new Float32Array(0)): RowCache {
  let length = saved.length / (layers * width),
    capacity = Math.max(FIRST_ROWS, length),
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
    grow() {
      if (length === capacity) {
        const larger = heap.alloc(4 * layers * 2 * capacity * width);
        for (let layer = 0; layer < layers; layer++) own(layer, larger, 2 * capacity).set(own(layer));
        heap.free(block);
        [block, capacity] = [larger, 2 * capacity];
      }
      length++;
    },
    rows: (layer) => block + 4 * layer * capacity * width,
    clear() {
      length = 0;
    },
    copy: () => rowCache(heap, layers, width, save()),
    save,
    free: () => heap.free(block),
  };
}
