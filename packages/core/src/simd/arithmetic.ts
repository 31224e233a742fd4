import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { backend_util, util } from "@tensorflow/tfjs-core";
import { BINARY, UNARY } from "@refrain/kernels";
import type { Override } from "./register-kernels.ts";
import type { SimdBackend } from "./simd-backend.ts";

/** How the kernel walks one operand over [rows, columns]. */
type Walk = { readonly stride: number; readonly many: boolean };

const SAME: Walk = { stride: 0, many: true };
const ONE: Walk = { stride: 0, many: false };

/** The rows and columns that both operands can be walked over, or undefined for broadcasts that the kernel does not know. */
function plan(a: number[], b: number[], out: number[]): { rows: number; columns: number; a: Walk; b: Walk } | undefined {
  const [sizeA, sizeB, size] = [a, b, out].map(util.sizeFromShape) as [number, number, number];
  if (size === 0) return undefined;
  const whole = (walkA: Walk, walkB: Walk) => ({ rows: 1, columns: size, a: walkA, b: walkB });
  if (sizeA === size && sizeB === size) return whole(SAME, SAME);
  if (sizeA === size && sizeB === 1) return whole(SAME, ONE);
  if (sizeB === size && sizeA === 1) return whole(ONE, SAME);
  const small = sizeA === size ? b : sizeB === size ? a : undefined;
  if (!small) return undefined;
  const arrange = (rows: number, columns: number, walk: Walk) => {
    const full: Walk = { stride: columns, many: true };
    return sizeA === size ? { rows, columns, a: full, b: walk } : { rows, columns, a: walk, b: full };
  };
  const aligned = [...Array<number>(out.length - small.length).fill(1), ...small];
  const sameFrom = aligned.findIndex((_, i) => aligned.slice(i).every((extent, j) => extent === out[i + j]));
  // The small operand is one row for all rows: [columns] against [.., columns].
  if (sameFrom >= 0 && aligned.slice(0, sameFrom).every((extent) => extent === 1)) {
    const columns = util.sizeFromShape(out.slice(sameFrom));
    return arrange(size / columns, columns, { stride: 0, many: true });
  }
  // The small operand has one number for each row: [.., 1] against [.., columns].
  const ones = aligned.findLastIndex((extent) => extent !== 1) + 1;
  if (aligned.slice(0, ones).every((extent, i) => extent === out[i])) {
    const rows = util.sizeFromShape(out.slice(0, ones));
    return arrange(rows, size / rows, { stride: 1, many: false });
  }
  return undefined;
}

function binary(name: (typeof BINARY)[number]): Override {
  const op = BINARY.indexOf(name);
  return (fallback) => (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const backend = call.backend as SimdBackend;
    if (a.dtype !== "float32" || b.dtype !== "float32") return fallback(call);
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const walk = plan(a.shape, b.shape, shape);
    if (!walk) return fallback(call);
    const out = backend.output(shape);
    const [from, other, to] = [a, b, out].map((tensor) => backend.pointer(tensor)) as [number, number, number];
    backend.kernels.run.binary(op, walk.rows, walk.columns, from, walk.a.stride, walk.a.many, other, walk.b.stride, walk.b.many, to);
    return out;
  };
}

function unary(name: (typeof UNARY)[number], covers: (attrs: Record<string, unknown>) => boolean = () => true): Override {
  const op = UNARY.indexOf(name);
  return (fallback: KernelFunc): KernelFunc =>
    (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      const backend = call.backend as SimdBackend;
      if (x.dtype !== "float32" || !covers((call.attrs ?? {}) as Record<string, unknown>)) return fallback(call);
      const out = backend.output(x.shape);
      backend.kernels.run.unary(op, util.sizeFromShape(x.shape), backend.pointer(x), backend.pointer(out));
      return out;
    };
}

export const arithmeticKernels: Record<string, Override> = {
  Add: binary("add"),
  Sub: binary("subtract"),
  Multiply: binary("multiply"),
  RealDiv: binary("divide"),
  Maximum: binary("maximum"),
  Minimum: binary("minimum"),
  SquaredDifference: binary("squaredDifference"),
  Exp: unary("exp"),
  Sigmoid: unary("sigmoid"),
  Tanh: unary("tanh"),
  Relu: unary("relu"),
  Neg: unary("neg"),
  Abs: unary("abs"),
  Square: unary("square"),
  Sqrt: unary("sqrt"),
  Rsqrt: unary("rsqrt"),
  Reciprocal: unary("reciprocal"),
  Erf: unary("erf"),
  Step: unary("step", ({ alpha }) => alpha === 0),
};
