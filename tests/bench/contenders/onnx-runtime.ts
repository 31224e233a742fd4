import type * as ort from "onnxruntime-web";
import { importPeer } from "../peers.ts";

export type OnnxRuntime = "onnxruntime-web" | "onnxruntime-node";

export type OnnxModel = {
  readonly session: ort.InferenceSession;
  /** Numbers as this runtime wants them. */
  tensor(type: "float32", values: Float32Array, shape: readonly number[]): ort.Tensor;
  tensor(type: "int32", values: Int32Array, shape: readonly number[]): ort.Tensor;
};

/** A model in ONNX Runtime on the CPU: its WebAssembly, or its native library, on so many threads. Both have the same interface. */
export async function openOnnx(runtime: OnnxRuntime, threads: number, model: Uint8Array): Promise<OnnxModel> {
  const imported = (await importPeer(runtime)) as typeof ort & { readonly default?: typeof ort };
  const { env, InferenceSession, Tensor } = imported.InferenceSession ? imported : (imported.default as typeof ort);
  env.wasm.numThreads = threads;
  env.logLevel = "error";
  const executionProviders = [runtime === "onnxruntime-web" ? "wasm" : "cpu"];
  const session = await InferenceSession.create(model, { executionProviders, intraOpNumThreads: threads, interOpNumThreads: 1 });
  return { session, tensor: (type: "float32" | "int32", values: Float32Array | Int32Array, shape) => new Tensor(type, values as Float32Array, [...shape]) };
}
