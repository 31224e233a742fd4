import { type DataType, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Override } from "./register-kernels.ts";
import type { SimdBackend } from "./simd-backend.ts";

const ARRAYS = { float32: Float32Array, int32: Int32Array } as const;

/** A conversion that loses nothing makes new numbers: the CPU backend only relabels the old ones, which kernels cannot read. */
const cast: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { dtype } = call.attrs as { dtype: DataType };
    const backend = call.backend as SimdBackend;
    const relabels = x.dtype !== dtype && !util.hasEncodingLoss(x.dtype, dtype);
    if (!relabels || (dtype !== "float32" && dtype !== "int32")) return fallback(call);
    return backend.makeTensorInfo(x.shape, dtype, ARRAYS[dtype].from(backend.readSync(x.dataId) as Int32Array));
  };

export const castKernels: Record<string, Override> = { Cast: cast };
