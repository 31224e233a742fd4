// ONNX Runtime: GFLOP/s of products of two square matrices, several in a row in one graph, so that what a call costs besides hardly counts.
import type { Tensor } from "onnxruntime-web";
import { onnxProducts } from "./onnx-products.ts";
import { type OnnxRuntime, openOnnx } from "./onnx-runtime.ts";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";

type Task = { readonly runtime: OnnxRuntime; readonly threads: number; readonly size: number };

const PRODUCTS = 8;

await serve<Task>(async ({ runtime, threads, size }) => {
  const { session, tensor } = await openOnnx(runtime, threads, onnxProducts(size, PRODUCTS));
  const matrix = () => tensor("float32", new Float32Array(size ** 2).fill(1 / size), [size, size]);
  const feeds: Record<string, Tensor> = { a: matrix(), b: matrix() };
  return async () => ({ value: (PRODUCTS * 2 * size ** 3) / 1e9 / (await secondsPerCall(() => session.run(feeds))) });
});
