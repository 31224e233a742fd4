import { backend_util, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Pointer } from "@refrain/kernels";
import type { Override } from "./register-kernels.ts";
import type { SimdBackend } from "./simd-backend.ts";

type Reduced = { readonly outer: number; readonly inner: number; readonly shape: number[] };

/** A reduction over neighbouring axes, as [outer, reduced, inner]; undefined for others, or where nothing is reduced. */
function arrange(x: TensorInfo, axis: number | number[], keepDims: boolean): (Reduced & { reduced: number }) | undefined {
  const axes = util.parseAxisParam(axis, x.shape).toSorted((a, b) => a - b);
  const first = axes[0] as number,
    last = axes.at(-1) as number;
  if (axes.length === 0 || last - first !== axes.length - 1 || util.sizeFromShape(x.shape) === 0) return undefined;
  const [outShape, reduceShape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  return {
    outer: util.sizeFromShape(x.shape.slice(0, first)),
    reduced: util.sizeFromShape(reduceShape),
    inner: util.sizeFromShape(x.shape.slice(last + 1)),
    shape: keepDims ? backend_util.expandShapeToKeepDim(outShape, axes) : outShape,
  };
}

const sum: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { axis, keepDims } = call.attrs as { axis: number | number[]; keepDims: boolean };
    const backend = call.backend as SimdBackend;
    const plan = x.dtype === "float32" ? arrange(x, axis, keepDims) : undefined;
    if (!plan) return fallback(call);
    const { outer, reduced, inner, shape } = plan;
    const out = backend.output(shape);
    const from = backend.pointer(x),
      to = backend.pointer(out);
    const { run } = backend.kernels;
    if (inner === 1) run.sumRows(outer, reduced, from, to);
    else for (let i = 0; i < outer; i++) run.sumColumns(reduced, inner, from + 4 * i * reduced * inner, to + 4 * i * inner, false);
    return out;
  };

/** The sum, over how many there are. */
const mean: Override = (fallback: KernelFunc): KernelFunc => {
  const total = sum(fallback);
  return (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { axis, keepDims } = call.attrs as { axis: number | number[]; keepDims: boolean };
    const plan = x.dtype === "float32" ? arrange(x, axis, keepDims) : undefined;
    if (!plan) return fallback(call);
    const backend = call.backend as SimdBackend;
    const out = total(call) as TensorInfo;
    const values = backend.kernels.heap.f32(backend.pointer(out), plan.outer * plan.inner);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / plan.reduced;
    return out;
  };
};

type LargestAttrs = { axis?: number | number[]; reductionIndices?: number | number[]; keepDims?: boolean };

type OverRows = (backend: SimdBackend, rows: number, columns: number, x: Pointer, out: Pointer) => void;

/** A reduction that the kernels know over the last axes only. */
const overRows =
  (run: OverRows, dtype: "float32" | "int32"): Override =>
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { reductionIndices, axis = reductionIndices, keepDims = false } = call.attrs as LargestAttrs;
    const backend = call.backend as SimdBackend;
    const plan = x.dtype === "float32" ? arrange(x, axis as number | number[], keepDims) : undefined;
    if (plan?.inner !== 1) return fallback(call);
    const out = backend.output(plan.shape, dtype);
    run(backend, plan.outer, plan.reduced, backend.pointer(x), backend.pointer(out));
    return out;
  };

const maxRows: OverRows = ({ kernels: { run } }, ...rows) => run.maxRows(...rows);

/** The kernel gives place 0 for every row that holds a NaN, where the CPU backend goes on to compare, which no NaN but the first survives. */
const argMaxRows: OverRows = ({ kernels: { run, heap } }, rows, columns, x, out) => {
  run.argMaxRows(rows, columns, x, out);
  const places = heap.i32(out, rows).slice();
  places.forEach((place, row) => {
    const from = x + 4 * row * columns;
    // A sum of squares is NaN only where a number is.
    if (place === 0 && Number.isNaN(run.sumSquares(columns, from))) heap.i32(out, rows)[row] = placeOfLargest(heap.f32(from, columns));
  });
};

function placeOfLargest(numbers: Float32Array): number {
  return numbers.reduce((best, number, place) => (number > (numbers[best] as number) ? place : best), 0);
}

const softmax: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { logits } = call.inputs as { logits: TensorInfo };
    const { dim } = call.attrs as { dim: number };
    const backend = call.backend as SimdBackend;
    const last = logits.shape.length - 1;
    const columns = logits.shape[last];
    if (logits.dtype !== "float32" || dim !== last || !columns) return fallback(call);
    const out = backend.output(logits.shape);
    backend.kernels.run.softmax(util.sizeFromShape(logits.shape) / columns, columns, backend.pointer(logits), 1, backend.pointer(out));
    return out;
  };

export const reductionKernels: Record<string, Override> = {
  Sum: sum,
  Mean: mean,
  Max: overRows(maxRows, "float32"),
  ArgMax: overRows(argMaxRows, "int32"),
  Softmax: softmax,
};
