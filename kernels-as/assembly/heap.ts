/** A block of at least `bytes` bytes, 16-byte aligned; the memory grows when it must. Traps when it cannot. */
export function alloc(bytes: usize): usize {
  return heap.alloc(bytes);
}

/** Gives a block back. */
export function free(block: usize): void {
  heap.free(block);
}
