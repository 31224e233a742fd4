import { broadcast_util, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Override } from "./register-kernels.ts";
import type { SimdBackend } from "./simd-backend.ts";

type Attrs = { transposeA: boolean; transposeB: boolean };

/** [.., rows, depth] x [.., depth, columns] over a batch that broadcasts, with an optional bias [columns]. */
function multiply(backend: SimdBackend, a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: Attrs, bias?: TensorInfo): TensorInfo {
  const matrix = ({ shape }: TensorInfo) => shape.slice(-2) as [number, number];
  const [storedRowsA, storedColumnsA] = matrix(a),
    [storedRowsB, storedColumnsB] = matrix(b);
  const [rows, depth] = transposeA ? [storedColumnsA, storedRowsA] : [storedRowsA, storedColumnsA];
  const [depthB, columns] = transposeB ? [storedColumnsB, storedRowsB] : [storedRowsB, storedColumnsB];
  if (depth !== depthB)
    throw new Error(
      `matMul: the inner sizes must agree, but [${a.shape}]${transposeA ? " transposed" : ""} times [${b.shape}]${transposeB ? " transposed" : ""} has ${depth} and ${depthB}.`,
    );
  const batchShape = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const batch = util.sizeFromShape(batchShape);
  const out = backend.output([...batchShape, rows, columns]);
  const [from, other, to] = [a, b, out].map((tensor) => backend.pointer(tensor)) as [number, number, number];
  const biasAt = bias ? backend.pointer(bias) : 0;
  const { run } = backend.kernels;
  const offsets = (tensor: TensorInfo) => batchOffsets(tensor.shape, batchShape);
  const offsetsA = offsets(a),
    offsetsB = offsets(b);
  for (let i = 0; i < batch; i++) {
    run.gemm(
      transposeA,
      transposeB,
      rows,
      columns,
      depth,
      from + 4 * (offsetsA[i] as number),
      storedColumnsA,
      other + 4 * (offsetsB[i] as number),
      storedColumnsB,
      biasAt,
      to + 4 * i * rows * columns,
      columns,
      false,
    );
  }
  return out;
}

/** For each entry of the batch, where the operand's matrix starts, in numbers; a broadcast axis does not move it. */
function batchOffsets(shape: number[], batchShape: number[]): number[] {
  const size = (shape.at(-1) as number) * (shape.at(-2) as number);
  const own = [...Array<number>(batchShape.length - (shape.length - 2)).fill(1), ...shape.slice(0, -2)];
  let offsets = [0];
  let stride = size;
  const strides = own.map(() => 0);
  for (let axis = own.length - 1; axis >= 0; axis--) {
    strides[axis] = own[axis] === 1 ? 0 : stride;
    stride *= own[axis] as number;
  }
  batchShape.forEach((extent, axis) => {
    offsets = offsets.flatMap((offset) => Array.from({ length: extent }, (_, i) => offset + i * (strides[axis] as number)));
  });
  return offsets;
}

const batchMatMul: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    if (a.dtype !== "float32" || b.dtype !== "float32") return fallback(call);
    return multiply(call.backend as SimdBackend, a, b, call.attrs as unknown as Attrs);
  };

const fusedMatMul: Override =
  (fallback: KernelFunc): KernelFunc =>
  (call) => {
    const { a, b, bias } = call.inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo };
    const attrs = call.attrs as unknown as Attrs & { activation: string };
    const floats = [a, b, bias ?? a].every(({ dtype }) => dtype === "float32");
    const columns = b.shape.at(attrs.transposeB ? -2 : -1) as number;
    const row = !bias || (bias.shape.at(-1) === columns && util.sizeFromShape(bias.shape) === columns);
    if (!floats || !row || attrs.activation !== "linear") return fallback(call);
    return multiply(call.backend as SimdBackend, a, b, attrs, bias);
  };

export const matMulKernels: Record<string, Override> = { BatchMatMul: batchMatMul, _FusedMatMul: fusedMatMul };
