import type { Heap } from "@refrain/kernels";
import { backend } from "@tensorflow/tfjs-core";

/**
 * Watches the heap of our backend, which must be in use: gives the most bytes that its blocks came to since (`heap`), and the size of the
 * WebAssembly memory (`memory`), which also holds the kernels' own scratch and grows in leaps.
 */
export function heapOf(): () => { readonly heap: number; readonly memory: number } {
  const { heap } = (backend() as unknown as { readonly kernels: { readonly heap: { -readonly [Name in keyof Heap]: Heap[Name] } } }).kernels;
  const { alloc } = heap;
  let most = 0;
  heap.alloc = (bytes) => {
    const block = alloc(bytes);
    most = Math.max(most, heap.bytes());
    return block;
  };
  return () => ({ heap: most, memory: heap.memory.buffer.byteLength });
}
