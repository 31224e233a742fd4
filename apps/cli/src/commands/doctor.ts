import { type BackendName, useBackend } from "@refrain/core";
import { type Build, loadKernels, supports } from "@refrain/kernels";
import { matMul, randomUniform, tidy } from "@tensorflow/tfjs-core";
import { availableParallelism, cpus } from "node:os";
import { command } from "../command.ts";
import { jsonOption } from "../shared-options.ts";

/** Rows and columns of the product that is timed, and how often it is at most. */
const SIZE = 256,
  REPEATS = 30,
  MILLISECONDS = 300;

type Finding = { readonly name: string; readonly available: boolean; readonly gflops?: number; readonly note?: string };

export const doctor: ReturnType<typeof command> = command({
  name: "doctor",
  description: "Tell what this machine offers: kernel builds, backends, threads, GPUs, each with a small measured speed",
  options: { json: jsonOption },
  examples: [
    ["refrain doctor", "a table; GFLOP/s are those of a 256 × 256 matrix product"],
    ["refrain doctor --json", "the same as one line of JSON"],
  ],
  async run({ values: { json } }) {
    const machine = {
      runtime: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      sharedMemory: typeof SharedArrayBuffer === "function",
    };
    const threads = (await loadKernels({ threads: "auto" })).threads;
    const builds: Finding[] = [];
    for (const build of ["relaxed", "simd"] as const) builds.push(await tryBuild(build));
    const backends: Finding[] = [];
    for (const name of ["simd", "cpu", "wasm", "webgl", "webgpu"] as const) backends.push(await tryBackend(name));
    const gpu = backends.filter(({ name, available }) => available && name.startsWith("web")).map(({ name }) => name);
    if (json) {
      console.log(JSON.stringify({ event: "doctor", ...machine, threads, gpu, builds, backends }));
      return;
    }
    console.log(`${machine.runtime}\n${machine.processor}, ${machine.cores} cores`);
    console.log(
      `shared memory  ${machine.sharedMemory ? `yes, so that simd computes on ${threads} thread${threads === 1 ? "" : "s"}` : "no, so that simd computes on one thread"}`,
    );
    console.log(`GPU            ${gpu.length > 0 ? `through ${gpu.join(" and ")}` : "none that an installed backend can reach"}`);
    console.log("\nkernel builds (WebAssembly)");
    for (const finding of builds) console.log(row(finding));
    console.log("\nTensorFlow.js backends");
    for (const finding of backends) console.log(row(finding));
  },
});

function row({ name, available, gflops, note }: Finding): string {
  return `  ${name.padEnd(9)}${available ? "yes" : "no "}  ${gflops === undefined ? "" : `${gflops.toFixed(1).padStart(6)} GFLOP/s`}  ${note ?? ""}`.trimEnd();
}

/** GFLOP/s of the fastest of several products. */
function measure(multiply: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  const began = performance.now();
  for (let i = 0; i < REPEATS && performance.now() - began < MILLISECONDS; i++) {
    const started = performance.now();
    multiply();
    best = Math.min(best, performance.now() - started);
  }
  return (2 * SIZE ** 3) / (best * 1e6);
}

async function tryBuild(build: Build): Promise<Finding> {
  if (!supports(build)) return { name: build, available: false, note: `this WebAssembly engine has no ${build === "simd" ? "SIMD" : "relaxed SIMD"}` };
  try {
    const { heap, run } = await loadKernels({ build, threads: 1 });
    const [a, b, c] = [0, 0, 0].map(() => heap.alloc(4 * SIZE * SIZE)) as [number, number, number];
    heap.f32(a, SIZE * SIZE).fill(0.5);
    heap.f32(b, SIZE * SIZE).fill(0.5);
    const gflops = measure(() => run.gemm(false, false, SIZE, SIZE, SIZE, a, SIZE, b, SIZE, 0, c, SIZE, false));
    return { name: build, available: true, gflops, ...(build === "relaxed" && { note: "multiply and add in one" }) };
  } catch (error) {
    return { name: build, available: false, note: (error as Error).message };
  }
}

async function tryBackend(name: BackendName): Promise<Finding> {
  try {
    await useBackend(name, { threads: "auto" });
    const [a, b] = [randomUniform([SIZE, SIZE]), randomUniform([SIZE, SIZE])];
    const gflops = measure(() =>
      tidy(() => {
        matMul(a, b).dataSync();
      }),
    );
    a.dispose();
    b.dispose();
    return { name, available: true, gflops };
  } catch (error) {
    return { name, available: false, note: (error as Error).message.replace(/^useBackend\("\w+"\): /, "") };
  }
}
