import { supports } from "./features.ts";
import { createHeap, type Allocator } from "./heap.ts";
import type { Build, KernelFunctions, Kernels } from "./kernels.ts";
import { readWasm } from "./read-wasm.ts";
import { selfTest } from "./self-test.ts";

/** Pages of 64 KiB that the module starts with. */
const INITIAL_PAGES = 64;

export type LoadOptions = {
  /** The build to load; "auto" (the default) takes the fastest that this machine runs correctly. */
  readonly build?: Build | "auto";
  /** The compiled module, or its bytes, of the `build` that must then be named: for edge workers and bundles. */
  readonly module?: WebAssembly.Module | BufferSource;
};

/**
 * Loads the kernels: finds out what the machine can do, instantiates the build and checks it against known answers.
 *
 * @throws {Error} where WebAssembly has no SIMD; when the build asked for does not run here or computes wrong numbers;
 * when the module cannot be read.
 */
export async function loadKernels({ build = "auto", module }: LoadOptions = {}): Promise<Kernels> {
  if (!supports("simd")) {
    throw new Error(
      "loadKernels: this machine's WebAssembly has no SIMD, which the kernels need. Use Node 20+, Deno, Bun or a browser of 2023 or later, or the `cpu` backend, which is slow.",
    );
  }
  if (build !== "auto") return await instantiate(build, module);
  if (module) throw new TypeError('loadKernels: a `module` was given without saying which build it is. Pass `build: "simd"` or `build: "relaxed"` with it.');
  if (!supports("relaxed")) return await instantiate("simd");
  // Engines are known that offer relaxed SIMD and compute wrongly; the self-test finds them.
  return await instantiate("relaxed").catch(() => instantiate("simd"));
}

async function instantiate(build: Build, module?: WebAssembly.Module | BufferSource): Promise<Kernels> {
  if (!supports(build))
    throw new Error(`loadKernels: the ${build} build was asked for, but this machine's WebAssembly cannot run it. Ask for "simd" or "auto".`);
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: 65_536 });
  const abort = () => {
    throw new Error("a kernel stopped");
  };
  const source = module ?? (await readWasm(build));
  const imports = { env: { memory, abort } };
  const instance =
    source instanceof WebAssembly.Module ? await WebAssembly.instantiate(source, imports) : (await WebAssembly.instantiate(source, imports)).instance;
  const run = instance.exports as unknown as KernelFunctions & Allocator;
  const kernels = { build, heap: createHeap(memory, run), run };
  selfTest(kernels);
  return kernels;
}
