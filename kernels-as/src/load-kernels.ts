import { canShareMemory, cores, supports } from "./features.ts";
import { importsOf, kernelsOf } from "./instantiate-kernels.ts";
import type { Build, Kernels } from "./kernels.ts";
import { readWasm } from "./read-wasm.ts";
import { selfTest } from "./self-test.ts";
import { startThreads } from "./start-threads.ts";

/** How the kernels are to be loaded. */
export type LoadOptions = {
  /**
   * How many threads share the work, the caller's included: 1 by default, "auto" for as many as the machine runs at once where memory may
   * be shared. Results do not depend on it, bit for bit.
   */
  readonly threads?: number | "auto";
  /** The build to load; "auto" (the default) takes the fastest that this machine runs correctly. */
  readonly build?: Build | "auto";
  /** The compiled module, or its bytes, where no file lies beside the code: for edge workers and bundles. What it is built for need not be said. */
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
  // Engines are known that offer relaxed SIMD and compute wrongly; the self-test finds them. Bundles are known that lack the threads' file.
  const tried: readonly Build[] = supports("relaxed") ? ["relaxed", "simd"] : ["simd"];
  const builds = build !== "auto" ? [build] : module ? [undefined] : tried;
  const counts = threads !== "auto" ? [threads] : [...new Set([canShareMemory() ? await cores() : 1, 1])];
  const attempts = counts.flatMap((count) => builds.map((name) => [name, count] as const));
  let failure: unknown;
  for (const [name, count] of attempts) {
    try {
      return await start(name, count, module);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function start(build: Build | undefined, threads: number, given?: WebAssembly.Module | BufferSource): Promise<Kernels> {
  if (build && !supports(build))
    throw new Error(`loadKernels: the ${build} build was asked for, but this machine's WebAssembly cannot run it. Ask for "simd" or "auto".`);
  const shared = threads > 1;
  const source = given ?? (await readWasm(shared ? `${build as Build}-threads` : (build as Build)));
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const imports = importsOf(module, shared);
  const { memory } = imports.env;
  const kernels = kernelsOf(await WebAssembly.instantiate(module, imports), memory, threads);
  if (build && build !== kernels.build)
    throw new Error(`loadKernels: the module that was given is the ${kernels.build} build, but ${build} is asked for. Leave \`build\` out.`);
  const stop = shared ? await startThreads(threads, module, memory, kernels.run) : () => {};
  try {
    selfTest(kernels);
  } catch (error) {
    stop();
    throw error;
  }
  return { ...kernels, dispose: stop };
}
