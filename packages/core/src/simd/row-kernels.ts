import { type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Override } from "./register-kernels.ts";
import type { SimdBackend } from "./simd-backend.ts";

/** Rows of a table picked by index: the embedding. */
const gather: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x, indices } = call.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = call.attrs as { axis: number; batchDims: number };
    const backend = call.backend as SimdBackend;
    if (x.dtype !== "float32" || indices.dtype !== "int32" || axis !== 0 || batchDims !== 0 || x.shape.length < 2) return fallback(call);
    const [limit, ...rest] = x.shape as [number, ...number[]];
    const out = backend.output([...indices.shape, ...rest]);
    const count = util.sizeFromShape(indices.shape);
    const bad = backend.kernels.run.gatherRows(count, util.sizeFromShape(rest), limit, backend.pointer(x), backend.pointer(indices), backend.pointer(out));
    if (bad >= 0) {
      backend.disposeIntermediateTensorInfo(out);
      const index = backend.kernels.heap.i32(backend.pointer(indices), count)[bad];
      throw new Error(`GatherV2: the index value ${index} is not in [0, ${limit - 1}], the rows that the table has. It stands at position ${bad}.`);
    }
    return out;
  };

/** Rows added up by index: the embedding's gradient. An index that names no row is passed over, as on the CPU backend. */
const segmentSum: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x, segmentIds } = call.inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = call.attrs as { numSegments: number };
    const backend = call.backend as SimdBackend;
    if (x.dtype !== "float32" || segmentIds.dtype !== "int32" || x.shape.length < 2) return fallback(call);
    const rest = x.shape.slice(1);
    const width = util.sizeFromShape(rest);
    const out = backend.output([numSegments, ...rest]);
    const [from, ids, to] = [x, segmentIds, out].map((tensor) => backend.pointer(tensor)) as [number, number, number];
    const { run, heap } = backend.kernels;
    heap.f32(to, numSegments * width).fill(0);
    const count = util.sizeFromShape(segmentIds.shape);
    for (let start = 0; start < count; ) {
      const bad = run.scatterAddRows(count - start, width, numSegments, from + 4 * start * width, ids + 4 * start, to);
      if (bad < 0) break;
      start += bad + 1;
    }
    return out;
  };

export const rowKernels: Record<string, Override> = { GatherV2: gather, UnsortedSegmentSum: segmentSum };
