import type { Pointer } from "./kernels.ts";

/** What the module exports for the heap. */
export type Allocator = { alloc(bytes: number): Pointer; free(block: Pointer): void };

/**
 * The memory of one kernel instance. Blocks are 16-byte aligned and are given back by hand.
 * Views (`f32`, `i32`, `u8`) detach when the memory grows, which any `alloc` and any kernel may cause: use them at once, never keep them.
 */
export type Heap = {
  readonly memory: WebAssembly.Memory;
  /** A block for `bytes` bytes, not cleared. Throws a RangeError when the memory cannot grow so far. */
  alloc(bytes: number): Pointer;
  /** Gives a block back. Throws when the block is not one that is held. */
  free(block: Pointer): void;
  /** Does work, and if it throws, gives back all blocks that it was given and still holds. */
  orNothing<T>(work: () => T): T;
  /** Bytes held by blocks, as asked for. */
  bytes(): number;
  /** Blocks held. */
  blocks(): number;
  /** A view of `length` numbers from a place on. */
  f32(at: Pointer, length: number): Float32Array<ArrayBuffer>;
  /** A view of `length` whole numbers from a place on. */
  i32(at: Pointer, length: number): Int32Array<ArrayBuffer>;
  /** A view of `length` bytes from a place on. */
  u8(at: Pointer, length: number): Uint8Array<ArrayBuffer>;
};

/** A heap over `memory`, which keeps account of the blocks it hands out. */
export function createHeap(memory: WebAssembly.Memory, allocator: Allocator): Heap {
  const held = new Map<Pointer, number>();
  let total = 0,
    roomy = true;
  const buffer = () => memory.buffer as ArrayBuffer;
  const free = (block: Pointer) => {
    const bytes = held.get(block);
    if (bytes === undefined) throw new Error(`heap.free(${block}): no block is held there. Free each block once, by the pointer that alloc gave.`);
    held.delete(block);
    total -= bytes;
    allocator.free(block);
  };
  return {
    memory,
    alloc(bytes) {
      const block = allocate(allocator, bytes, total);
      held.set(block, bytes);
      total += bytes;
      if (roomy && memory.buffer.byteLength < total * (1 + ROOM)) roomy = leaveRoom(allocator, Math.floor(total * ROOM));
      return block;
    },
    free,
    orNothing(work) {
      const before = new Set(held.keys());
      try {
        return work();
      } catch (error) {
        for (const block of [...held.keys()]) if (!before.has(block)) free(block);
        throw error;
      }
    },
    bytes: () => total,
    blocks: () => held.size,
    f32: (at, length) => new Float32Array(buffer(), at, length),
    i32: (at, length) => new Int32Array(buffer(), at, length),
    u8: (at, length) => new Uint8Array(buffer(), at, length),
  };
}

/** The share of what blocks hold that the memory is larger by, at least, where that can be had. */
const ROOM = 1 / 4;

/**
 * Grows the memory, where need be, until there are so many bytes in one piece beside what blocks hold: what varies from one training step to the next then finds
 * room without asking again. Pages that nobody writes on take no memory of the machine's. Gives whether it could be had.
 */
function leaveRoom(allocator: Allocator, bytes: number): boolean {
  if (bytes > MAX_BLOCK) return false;
  try {
    allocator.free(allocator.alloc(bytes) >>> 0);
    return true;
  } catch {
    return false;
  }
}

/** The largest block that the allocator can address. */
const MAX_BLOCK = 2 ** 30 - 16;

function allocate(allocator: Allocator, bytes: number, total: number): Pointer {
  const megabytes = (n: number) => `${(n / 2 ** 20).toFixed(1)} MB`;
  if (!Number.isInteger(bytes) || bytes < 0) throw new RangeError(`heap.alloc(${bytes}): asks for no whole number of bytes.`);
  const help = "Use a smaller model, batch or context.";
  if (bytes > MAX_BLOCK)
    throw new RangeError(`heap.alloc: one block of ${megabytes(bytes)} was asked for; at most ${megabytes(MAX_BLOCK)} can be had. ${help}`);
  try {
    // The module's pointers are signed; from 2 GB on they come out negative.
    return allocator.alloc(Math.max(bytes, 16)) >>> 0;
  } catch (cause) {
    throw new RangeError(`heap.alloc: no memory for ${megabytes(bytes)} more; ${megabytes(total)} are in use. ${help}`, { cause });
  }
}
