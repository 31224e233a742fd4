import { canShareMemory, cores, supports } from "./features.ts";
import { createHeap, type Allocator } from "./heap.ts";
import type { Build, KernelFunctions, Kernels } from "./kernels.ts";
import { readWasm } from "./read-wasm.ts";
import { selfTest } from "./self-test.ts";
import { type Sharing, startThreads } from "./start-threads.ts";

/** Pages of 64 KiB that the module starts with. */
const INITIAL_PAGES = 64;

/** How the kernels are to be loaded. */
export type LoadOptions = {
  /**
   * How many threads share the work, the caller's included: 1 by default, "auto" for as many as the machine runs at once where memory may
   * be shared. Results do not depend on it, bit for bit.
   */
  readonly threads?: number | "auto";
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
export async function loadKernels({ build = "auto", module, threads = 1 }: LoadOptions = {}): Promise<Kernels> {
  if (!supports("simd")) {
    throw new Error(
      "loadKernels: this machine's WebAssembly has no SIMD, which the kernels need. Use Node 20+, Deno, Bun or a browser of 2023 or later, or the `cpu` backend, which is slow.",
    );
  }
  if (threads !== "auto" && (!Number.isInteger(threads) || threads < 1))
    throw new RangeError(`loadKernels: threads must be "auto" or a whole number of at least 1, but is ${threads}.`);
  if (threads !== "auto" && threads > 1 && !canShareMemory())
    throw new Error(
      `loadKernels: ${threads} threads were asked for, but memory cannot be shared here. Ask for "auto", or serve the page cross-origin isolated.`,
    );
  if (module && build === "auto")
    throw new TypeError('loadKernels: a `module` was given without saying which build it is. Pass `build: "simd"` or `build: "relaxed"` with it.');
  // Engines are known that offer relaxed SIMD and compute wrongly; the self-test finds them. Bundles are known that lack the threads' file.
  const builds: readonly Build[] = build !== "auto" ? [build] : supports("relaxed") ? ["relaxed", "simd"] : ["simd"];
  const counts = threads !== "auto" ? [threads] : [...new Set([canShareMemory() ? await cores() : 1, 1])];
  const attempts = counts.flatMap((count) => builds.map((name) => [name, count] as const));
  let failure: unknown;
  for (const [name, count] of attempts) {
    try {
      return await instantiate(name, count, module);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function instantiate(build: Build, threads: number, given?: WebAssembly.Module | BufferSource): Promise<Kernels> {
  if (!supports(build))
    throw new Error(`loadKernels: the ${build} build was asked for, but this machine's WebAssembly cannot run it. Ask for "simd" or "auto".`);
  const shared = threads > 1;
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: 65_536, shared });
  const abort = () => {
    throw new Error("a kernel stopped: it wanted more memory than there is, or one of its threads has died.");
  };
  const source = given ?? (await readWasm(shared ? `${build}-threads` : build));
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  if (shared !== WebAssembly.Module.exports(module).some(({ name }) => name === "share"))
    throw new Error(
      `loadKernels: the module that was given is built ${shared ? "without" : "with"} threads, but ${threads} were asked for. Give the other one.`,
    );
  const instance = await WebAssembly.instantiate(module, { env: { memory, abort } });
  const run = instance.exports as unknown as KernelFunctions & Allocator & Sharing;
  const kernels = { build, threads, heap: createHeap(memory, run), run };
  const stop = shared ? await startThreads(threads, module, memory, run) : () => {};
  try {
    selfTest(kernels);
  } catch (error) {
    stop();
    throw error;
  }
  return kernels;
}
