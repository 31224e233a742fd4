import type { Heap, Pointer } from "@refrain/kernels";

/** Keys and values of what was read, layer by layer, in one block that several places of one text may share: each has the rows up to its own. */
type Block = { readonly at: Pointer; readonly capacity: number; readonly places: Set<CachedPlace> };

/** A place in a text. */
export type CachedPlace = { readonly length: number };

/** Hands out places, and blocks to them. */
export type KeyValueCache = {
  /** The place after another, or after nothing: its rows but the last are the other's; the last is for the caller to write. */
  after(place?: CachedPlace): CachedPlace;
  /** Where a layer's rows of a place begin. */
  rows(place: CachedPlace, layer: number): Pointer;
  holds(place: CachedPlace): boolean;
  release(place: CachedPlace): void;
  releaseAll(): void;
};

/** Rows that a block has at first; a full one is copied into one twice as large. */
const FIRST_ROWS = 128;

/** A cache of so many layers, at most so many rows, and numbers a row. Going on from a block's last row writes into it; branching off copies. */
export function keyValueCache(heap: Heap, layers: number, mostRows: number, width: number): KeyValueCache {
  const held = new Map<CachedPlace, Block>();
  const fresh = (capacity: number): Block => ({ at: heap.alloc(4 * layers * capacity * width), capacity, places: new Set() });
  /** Rows that some place stands for; what lies beyond was released. */
  const rowsOf = ({ places }: Block) => [...places].reduce((most, { length }) => Math.max(most, length), 0);
  const layerOf = ({ at, capacity }: Block, layer: number): Pointer => at + 4 * layer * capacity * width;
  const copyOf = (block: Block, rows: number): Block => {
    const copy = fresh(Math.min(mostRows, rows === block.capacity ? 2 * rows : block.capacity));
    for (let layer = 0; layer < layers; layer++) heap.f32(layerOf(copy, layer), rows * width).set(heap.f32(layerOf(block, layer), rows * width));
    return copy;
  };
  const release = (place: CachedPlace) => {
    const block = held.get(place);
    if (!block) return;
    held.delete(place);
    block.places.delete(place);
    if (block.places.size === 0) heap.free(block.at);
  };
  return {
    after(place) {
      const last = place && held.get(place);
      const length = place?.length ?? 0;
      const block = !last ? fresh(Math.min(mostRows, FIRST_ROWS)) : rowsOf(last) === length && length < last.capacity ? last : copyOf(last, length);
      const next = { length: length + 1 };
      block.places.add(next);
      held.set(next, block);
      return next;
    },
    rows: (place, layer) => layerOf(held.get(place) as Block, layer),
    holds: (place) => held.has(place),
    release,
    releaseAll: () => [...held.keys()].forEach(release),
  };
}
