import { type KernelFunc, slice_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { copyStrided, type Layout, rowMajor } from "./copy-strided.ts";
import type { Override } from "./register-kernels.ts";
import type { SimdBackend } from "./simd-backend.ts";

/*
 * Operations that only move numbers: parts of tensors, tensors put together, axes in another order. In the heap, from block to block;
 * the CPU backend's would copy the whole tensor out first.
 */

type Dtype = "float32" | "int32";

const movable = (tensors: readonly TensorInfo[]): boolean =>
  tensors.every(
    ({ dtype, shape }) => dtype === (tensors[0] as TensorInfo).dtype && (dtype === "float32" || dtype === "int32") && util.sizeFromShape(shape) > 0,
  );

const viewOf = ({ kernels: { heap } }: SimdBackend, at: number, { dtype, shape }: TensorInfo): Float32Array | Int32Array =>
  dtype === "int32" ? heap.i32(at, util.sizeFromShape(shape)) : heap.f32(at, util.sizeFromShape(shape));

/** Copies the entries of `shape` from one tensor to another. Both must have their place in the heap: allocating may move views. */
function move(backend: SimdBackend, shape: readonly number[], from: TensorInfo, source: Layout, to: TensorInfo, target: Layout): void {
  const [at, put] = [backend.pointer(from), backend.pointer(to)];
  copyStrided(shape, viewOf(backend, at, from) as Float32Array, source, viewOf(backend, put, to) as Float32Array, target);
}

/** The box of `shape` at `begin` of x, as a tensor of its own. */
function part(backend: SimdBackend, x: TensorInfo, begin: readonly number[], shape: number[], outShape = shape): TensorInfo {
  const out = backend.output(outShape, x.dtype as Dtype);
  const strides = rowMajor(x.shape);
  const offset = begin.reduce((sum, start, axis) => sum + start * (strides[axis] as number), 0);
  move(backend, shape, x, { offset, strides }, out, { offset: 0, strides: rowMajor(shape) });
  return out;
}

const slice: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { begin, size } = call.attrs as { begin: number | number[]; size: number | number[] };
    // In slice_util's types it is a tensor, but only its shape is read.
    const [from, shape] = slice_util.parseSliceParams(x as never, begin, size) as [number[], number[]];
    if (!movable([x]) || util.sizeFromShape(shape) === 0) return fallback(call);
    slice_util.assertParamsValid(x as never, from, shape);
    return part(call.backend as SimdBackend, x, from, shape);
  };

const splitV: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { numOrSizeSplits, axis } = call.attrs as { numOrSizeSplits: number | number[]; axis: number };
    const [along] = util.parseAxisParam(axis, x.shape) as [number];
    const extent = x.shape[along] as number;
    const sizes = typeof numOrSizeSplits === "number" ? Array<number>(numOrSizeSplits).fill(extent / numOrSizeSplits) : numOrSizeSplits;
    // Sizes that do not add up, or are left to be found, are the CPU backend's to judge.
    if (!movable([x]) || sizes.some((size) => !(size > 0)) || sizes.reduce((a, b) => a + b, 0) !== extent) return fallback(call);
    let start = 0;
    return sizes.map((size) => {
      const begin = x.shape.map((_, i) => (i === along ? start : 0));
      start += size;
      return part(call.backend as SimdBackend, x, begin, x.shape.with(along, size));
    });
  };

const unpack: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { value } = call.inputs as { value: TensorInfo };
    const { axis } = call.attrs as { axis: number };
    if (!movable([value])) return fallback(call);
    const [along] = util.parseAxisParam(axis, value.shape) as [number];
    const outShape = value.shape.toSpliced(along, 1);
    return Array.from({ length: value.shape[along] as number }, (_, start) => {
      const begin = value.shape.map((_, i) => (i === along ? start : 0));
      return part(call.backend as SimdBackend, value, begin, value.shape.with(along, 1), outShape);
    });
  };

/** Puts tensors next to each other along an axis; each is given with the shape that it has there. */
function join(
  backend: SimdBackend,
  parts: readonly { readonly tensor: TensorInfo; readonly shape: number[] }[],
  along: number,
  outShape: number[],
): TensorInfo {
  const [first] = parts as [(typeof parts)[number]];
  const out = backend.output(outShape, first.tensor.dtype as Dtype);
  const whole = first.shape.with(
    along,
    parts.reduce((sum, { shape }) => sum + (shape[along] as number), 0),
  );
  const strides = rowMajor(whole);
  let start = 0;
  for (const { tensor, shape } of parts) {
    move(backend, shape, tensor, { offset: 0, strides: rowMajor(shape) }, out, { offset: start * (strides[along] as number), strides });
    start += shape[along] as number;
  }
  return out;
}

const concat: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const inputs = call.inputs as unknown as TensorInfo[];
    const { axis } = call.attrs as { axis: number };
    const tensors = Array.from(Object.values(inputs));
    const [first] = tensors as [TensorInfo];
    const [along] = util.parseAxisParam(axis, first.shape) as [number];
    const alike = tensors.every(({ shape }) => shape.length === first.shape.length && shape.every((extent, i) => i === along || extent === first.shape[i]));
    if (!movable(tensors) || !alike) return fallback(call);
    const total = tensors.reduce((sum, { shape }) => sum + (shape[along] as number), 0);
    return join(
      call.backend as SimdBackend,
      tensors.map((tensor) => ({ tensor, shape: tensor.shape })),
      along,
      first.shape.with(along, total),
    );
  };

const pack: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const tensors = Object.values(call.inputs) as TensorInfo[];
    const { axis } = call.attrs as { axis: number };
    const [first] = tensors as [TensorInfo];
    const along = axis < 0 ? axis + first.shape.length + 1 : axis;
    if (!movable(tensors) || tensors.some(({ shape }) => shape.join() !== first.shape.join())) return fallback(call);
    const shape = first.shape.toSpliced(along, 0, 1);
    return join(
      call.backend as SimdBackend,
      tensors.map((tensor) => ({ tensor, shape })),
      along,
      shape.with(along, tensors.length),
    );
  };

const transpose: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { perm } = call.attrs as { perm: number[] };
    const backend = call.backend as SimdBackend;
    const shape = perm.map((axis) => x.shape[axis] as number);
    const moving = perm.filter((axis) => x.shape[axis] !== 1);
    // Where only axes of one element move, the numbers stay as they lie.
    if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number))) {
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape, dtype: x.dtype };
    }
    if (!movable([x])) return fallback(call);
    const strides = rowMajor(x.shape);
    const out = backend.output(shape, x.dtype as Dtype);
    const source = { offset: 0, strides: perm.map((axis) => strides[axis] as number) };
    move(backend, shape, x, source, out, { offset: 0, strides: rowMajor(shape) });
    return out;
  };

const pad: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { paddings, constantValue } = call.attrs as { paddings: [number, number][]; constantValue: number };
    if (!movable([x])) return fallback(call);
    const backend = call.backend as SimdBackend;
    const shape = x.shape.map((extent, axis) => extent + (paddings[axis] as [number, number])[0] + (paddings[axis] as [number, number])[1]);
    const out = backend.output(shape, x.dtype as Dtype);
    viewOf(backend, backend.pointer(out), out).fill(constantValue);
    const strides = rowMajor(shape);
    const offset = paddings.reduce((sum, [before], axis) => sum + before * (strides[axis] as number), 0);
    move(backend, x.shape, x, { offset: 0, strides: rowMajor(x.shape) }, out, { offset, strides });
    return out;
  };

export const moveKernels: Record<string, Override> = {
  Slice: slice,
  SplitV: splitV,
  Unpack: unpack,
  Concat: concat,
  Pack: pack,
  Transpose: transpose,
  PadV2: pad,
};
