import { backend, engine, getBackend, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Heap, KernelFunctions, Kernels, Pointer } from "@refrain/kernels";
import type { SimdBackend } from "./simd-backend.ts";

/** What a fused operation needs to call kernels on tensors. */
export type Workbench = {
  readonly kernels: Kernels;
  readonly run: KernelFunctions;
  readonly heap: Heap;
  /** A new tensor in the heap, not cleared, owned by the open scope. */
  tensor(shape: number[], dtype?: "float32" | "int32"): Tensor;
  /** Whole numbers as a tensor in the heap. */
  ints(values: Int32Array): Tensor;
  /** Where a tensor lies; 0, which kernels read as "none", for none. */
  at(tensor: TensorInfo | undefined): Pointer;
};

/** The workbench of the `simd` backend, or undefined while another backend is in use. */
export function workbench(): Workbench | undefined {
  if (getBackend() !== "simd") return undefined;
  const simd = backend() as SimdBackend;
  const { run, heap } = simd.kernels;
  const tensor: Workbench["tensor"] = (shape, dtype) => engine().makeTensorFromTensorInfo(simd.output(shape, dtype), simd);
  return {
    kernels: simd.kernels,
    run,
    heap,
    tensor,
    ints: (values) => engine().makeTensorFromTensorInfo(simd.makeTensorInfo([values.length], "int32", values), simd),
    at: (tensor) => (tensor ? simd.pointer(tensor) : 0),
  };
}
