import { type Allocator, createHeap } from "./heap.ts";
import type { KernelFunctions, Kernels } from "./kernels.ts";
import { checkBytes, checkExponentials } from "./self-test.ts";
import type { Sharing } from "./start-threads.ts";

/** Pages of 64 KiB that the module starts with. */
const INITIAL_PAGES = 64;

/** What a module exports: kernels, its heap, and where it has threads, how they share work. */
export type Exports = KernelFunctions & Allocator & Sharing & { fused(): number };

/** What an instance of a compiled module is made with: a memory of its own, which is shared where it is to have threads. */
export function importsOf(module: WebAssembly.Module, shared: boolean): { readonly env: { readonly memory: WebAssembly.Memory; abort(): never } } {
  if (!(module instanceof WebAssembly.Module))
    throw new TypeError(`the kernels must be a compiled WebAssembly.Module, but are a ${typeof module}. Import them by a rule for such.`);
  if (shared !== WebAssembly.Module.exports(module).some(({ name }) => name === "share"))
    throw new Error(
      `the module that was given is built ${shared ? "without" : "with"} threads, but ${shared ? "several are" : "one is"} asked for. Give the other.`,
    );
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: 65_536, shared });
  const abort = () => {
    throw new Error("a kernel stopped: there is no more memory, or a thread has died.");
  };
  return { env: { memory, abort } };
}

/** The kernels of an instance, not yet tried. */
export function kernelsOf({ exports }: WebAssembly.Instance, memory: WebAssembly.Memory, threads: number): Kernels & { readonly run: Exports } {
  const run = exports as unknown as Exports;
  if (typeof run.fused !== "function") throw new Error("the module that was given is none of @refrain/kernels' of this release. Take them from one version.");
  return { build: run.fused() ? "relaxed" : "simd", threads, heap: createHeap(memory, run), run, dispose: () => {} };
}

/**
 * The kernels of a compiled module without threads, at once: for edge workers and bundles, which have the module at hand.
 *
 * `loadKernels` tries products of matrices, too; this tries products of bytes and exponentials alone, and is sooner done.
 *
 * @throws {Error} when the module is none of this package's, or has threads, or computes wrong numbers here.
 */
export function instantiateKernels(module: WebAssembly.Module): Kernels {
  const imports = importsOf(module, false);
  const kernels = kernelsOf(new WebAssembly.Instance(module, imports), imports.env.memory, 1);
  checkBytes(kernels);
  checkExponentials(kernels);
  return kernels;
}
