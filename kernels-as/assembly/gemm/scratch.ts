import { TILE_COLUMNS, TILE_ROWS } from "./tile";

/** Depth of a block: a tile's panels of A and B (28 KB) stay in the first-level cache. */
export const BLOCK_DEPTH: i32 = 512;
/** Rows of a block: the packed block of A (240 KB) stays in the second-level cache. A multiple of both tile heights. */
export const BLOCK_ROWS: i32 = 120;

const PACKED: usize = <usize>(BLOCK_ROWS * BLOCK_DEPTH * 4), BIAS: usize = <usize>(TILE_COLUMNS * 4), EDGE: usize = <usize>(TILE_ROWS * TILE_COLUMNS * 4);

/** Bytes of a thread's scratch. */
export const SCRATCH_BYTES: usize = PACKED + BIAS + EDGE;

/** A block of A, packed; the last panel's biases; a tile at the edge of C. Each thread has its own. */
export let packedA: usize = memory.data(BLOCK_ROWS * BLOCK_DEPTH * 4, 16);
export let lastBias: usize = memory.data(TILE_COLUMNS * 4, 16);
export let edgeTile: usize = memory.data(TILE_ROWS * TILE_COLUMNS * 4, 16);

/** Gives this thread scratch of its own, `SCRATCH_BYTES` at `block`. */
export function useScratch(block: usize): void {
  packedA = block;
  lastBias = block + PACKED;
  edgeTile = lastBias + BIAS;
}
