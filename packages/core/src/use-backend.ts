import { engine, findBackend, findBackendFactory, getBackend, getGradient, registerBackend, setBackend } from "@tensorflow/tfjs-core";
import { type Kernels, type LoadOptions, loadKernels } from "@refrain/kernels";
import { registerKernels } from "./simd/register-kernels.ts";
import { SimdBackend } from "./simd/simd-backend.ts";

/** `simd` is ours; the others are TensorFlow.js's. */
export type BackendName = "webgpu" | "webgl" | "simd" | "wasm" | "cpu";

/** The backends in the order in which "auto" tries them. */
const AUTO: readonly BackendName[] = ["webgpu", "webgl", "simd"];

/** How to import each backend. The GPU backends and `wasm` are optional peer dependencies. */
const IMPORTS: Record<Exclude<BackendName, "simd">, () => Promise<unknown>> = {
  webgpu: () => import("@tensorflow/tfjs-backend-webgpu").catch(notInstalled("webgpu")),
  webgl: () => import("@tensorflow/tfjs-backend-webgl").catch(notInstalled("webgl")),
  wasm: () => import("@tensorflow/tfjs-backend-wasm").catch(notInstalled("wasm")),
  cpu: () => import("@tensorflow/tfjs-backend-cpu").catch(notInstalled("cpu")),
};

/** Handled where the import stands, which also tells bundlers that it may fail. */
function notInstalled(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`useBackend("${name}"): @tensorflow/tfjs-backend-${name} could not be loaded. Install it: npm install @tensorflow/tfjs-backend-${name}`, {
      cause,
    });
  };
}

/**
 * Chooses where tensors live and are computed, and makes gradients work there. Call it once, before the first tensor.
 * "auto" (the default) takes WebGPU, then WebGL, then `simd`, whichever works first.
 *
 * @param options which build of the kernels `simd` takes, from where, and on how many threads: see `loadKernels`.
 * @returns the backend that is now in use.
 * @throws {Error} when the backend's package is not installed or the machine cannot run it.
 */
export async function useBackend(name: BackendName | "auto" = "auto", options: LoadOptions = {}): Promise<BackendName> {
  await registerGradients();
  if (name !== "auto") return await start(name, options);
  const failures: string[] = [];
  for (const candidate of AUTO.filter(mightWork)) {
    try {
      return await start(candidate, options);
    } catch (error) {
      failures.push(`${candidate}: ${(error as Error).message}`);
    }
  }
  throw new Error(`useBackend: none of the backends works here.\n${failures.join("\n")}`);
}

/** Spares "auto" the import of a GPU backend where there is no GPU to be had. */
function mightWork(name: BackendName): boolean {
  if (name === "webgpu") return typeof navigator === "object" && "gpu" in navigator;
  if (name === "webgl") return "OffscreenCanvas" in globalThis || "document" in globalThis;
  return true;
}

async function start(name: BackendName, options: LoadOptions): Promise<BackendName> {
  if (name === "simd") await installSimd(options);
  else await importBackend(name);
  if (name === "cpu") silence();
  const before = getBackend();
  if (findBackendFactory(name) && (await setBackend(name))) return name;
  // TensorFlow.js is left without a backend by one that does not start.
  if (before) await setBackend(before);
  throw new Error(`useBackend("${name}"): this machine cannot run it. Use "auto" to take what works.`);
}

async function importBackend(name: Exclude<BackendName, "simd">): Promise<void> {
  if (!Object.hasOwn(IMPORTS, name))
    throw new TypeError(`useBackend("${name}"): there is no such backend. Choose auto, ${[...AUTO, "wasm", "cpu"].join(", ")}.`);
  await IMPORTS[name]();
}

/** The kernels, loaded or being loaded: two callers at once share one heap. */
let loading: Promise<Kernels> | undefined;

async function installSimd(options: LoadOptions): Promise<void> {
  loading ??= load(options).catch((error) => {
    loading = undefined;
    throw error;
  });
  const kernels = await loading;
  // Also when the backend has been removed.
  if (!findBackendFactory("simd")) registerBackend("simd", () => new SimdBackend(kernels), 2);
  const { build, threads } = kernels;
  if (options.build && options.build !== "auto" && options.build !== build)
    throw new Error(`useBackend("simd"): the ${options.build} build was asked for, but the ${build} build holds the tensors already. Choose it first of all.`);
  if (typeof options.threads === "number" && options.threads !== threads)
    throw new Error(`useBackend("simd"): ${options.threads} threads were asked for, but ${threads} share the work already. Choose their number first of all.`);
}

async function load(options: LoadOptions): Promise<Kernels> {
  // Its kernels also serve `simd` wherever we have none of our own.
  await importBackend("cpu");
  const kernels = await loadKernels(options);
  registerKernels();
  return kernels;
}

/** TensorFlow.js's CPU backend greets users of Node with an advertisement on its first tensor. */
function silence(): void {
  (findBackend("cpu") as unknown as { firstUse: boolean }).firstUse = false;
}

/** From Node and Deno tfjs-core loads without gradients; bundlers may drop them. */
async function registerGradients(): Promise<void> {
  if (!getGradient("Add")) await import("../gen/gradients.js");
}

/** Tensors alive, and heap bytes and blocks that the kernels hold (0 where the backend is not `simd`): for leak tests. */
export function memoryInUse(): { tensors: number; heapBytes: number; heapBlocks: number } {
  const simd = engine().backendName === "simd" ? (engine().backend as SimdBackend).kernels.heap : undefined;
  return { tensors: engine().memory().numTensors, heapBytes: simd?.bytes() ?? 0, heapBlocks: simd?.blocks() ?? 0 };
}
