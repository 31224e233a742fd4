import { SCRATCH_BYTES, useScratch } from "./gemm/scratch";
import { serve } from "./parallel";

/** Scratch for one more thread. */
export function allocScratch(): usize {
  return heap.alloc(SCRATCH_BYTES);
}

/** Makes of this instance thread `index` of those that share the work at `pool`, with scratch of its own. Never returns. */
export function work(pool: usize, index: i32, scratch: usize): void {
  useScratch(scratch);
  serve(pool, index);
}
