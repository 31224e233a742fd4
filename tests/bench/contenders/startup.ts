// From the first import to the first product of two matrices, or to the first token of a saved model: ms. Nothing is imported before the turn.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serve } from "./serve.ts";

type Task = { readonly runtime: "simd" | "wasm" | "onnxruntime-web"; readonly what: "product" | "token"; readonly threads: number; readonly folder: string };

const SIZE = 256;

await serve<Task>(async ({ runtime, what, threads, folder }) => {
  const run = runtime === "onnxruntime-web" ? inOnnxRuntime : inTensorFlow;
  return async () => {
    const started = performance.now();
    const found = await run(what, runtime, threads, folder);
    const value = performance.now() - started;
    if (!Number.isFinite(found)) throw new Error(`there was ${found} instead of a number`);
    return { value };
  };
});

async function inTensorFlow(what: Task["what"], backend: Task["runtime"], threads: number, folder: string): Promise<number> {
  const { useBackend } = await import("@refrain/core");
  await useBackend(backend as "simd" | "wasm", { threads });
  if (what === "product") {
    const { fill, matMul } = await import("@tensorflow/tfjs-core");
    const x = fill([SIZE, SIZE], 1 / SIZE);
    return matMul(x, x).dataSync()[0] as number;
  }
  const [{ generate, loadModel }, { greedy }] = await Promise.all([import("@refrain/models"), import("@refrain/losses/sampling")]);
  const { model, params } = loadModel(new Uint8Array(readFileSync(join(folder, "model.safetensors"))));
  return generate(model, params, { prompt: [0], sampler: greedy }).next().value as number;
}

async function inOnnxRuntime(what: Task["what"], _runtime: Task["runtime"], threads: number, folder: string): Promise<number> {
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web");
  env.wasm.numThreads = threads;
  const file = what === "product" ? "product.onnx" : "model.onnx";
  const session = await InferenceSession.create(readFileSync(join(folder, file)), { executionProviders: ["wasm"] });
  if (what === "product") {
    const x = new Tensor("float32", new Float32Array(SIZE * SIZE).fill(1 / SIZE), [SIZE, SIZE]);
    const { "product.0": product } = await session.run({ a: x, b: x });
    return product?.data[0] as number;
  }
  // The state's inputs are h and c of [layers, 1, hidden].
  const zeros = session.inputMetadata
    .filter(({ name }) => name !== "tokens")
    .map((port) => {
      const shape = (port as unknown as { readonly shape: readonly (number | string)[] }).shape.map((extent) => (typeof extent === "number" ? extent : 1));
      return [port.name, new Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b)), shape)];
    });
  const { logits } = await session.run({ tokens: new Tensor("int32", Int32Array.of(0), [1, 1]), ...Object.fromEntries(zeros) });
  const values = logits?.data as Float32Array;
  return values.indexOf(Math.max(...values));
}
