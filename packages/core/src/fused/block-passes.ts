import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { BINARY, type Pointer, UNARY } from "@refrain/kernels";
import type { Workbench } from "../simd/workbench.ts";

/** `weight` [outputs, inputs], `bias` [outputs] */
export type Dense = { readonly weight: Tensor2D; readonly bias?: Tensor1D | undefined };

/** `weight`, `bias` [features] */
export type Norm = { readonly weight: Tensor1D; readonly bias: Tensor1D };

export type Activation = "relu" | "gelu" | "gelu-tanh";

/** What a norm's gradient wants of its forward pass: [rows] each. */
type Moments = { readonly means: Tensor; readonly scales: Tensor };

const [ADD, MULTIPLY] = (["add", "multiply"] as const).map((name) => BINARY.indexOf(name)) as [number, number];
const [RELU, STEP] = (["relu", "step"] as const).map((name) => UNARY.indexOf(name)) as [number, number];

/** The steps that a block of a Transformer is made of, forward and backward, over `rows` rows of numbers. All tensors are new ones but where it says so. */
export type BlockPasses = {
  /** x weight^T + bias; the bias may be elsewhere. */
  dense(x: Tensor, layer: Dense, bias?: Pointer): Tensor;
  /** onto + x weight^T + bias */
  addDense(onto: Tensor, x: Tensor, layer: Dense): Tensor;
  /** The gradients of `dense`; dx is added to `onto`, in place, where that is given. */
  denseBackward(dy: Tensor, x: Tensor, layer: Dense, onto?: Tensor): { readonly dx: Tensor; readonly dWeight: Tensor; readonly dBias: Tensor | undefined };
  norm(x: Tensor, layer: Norm): Moments & { readonly y: Tensor };
  /** The gradients of `norm`; what flows around it is added to dx. */
  normBackward(x: Tensor, moments: Moments, layer: Norm, dy: Tensor, around: Tensor): { readonly dx: Tensor; readonly dWeight: Tensor; readonly dBias: Tensor };
  /** The activation of x, which becomes its slopes. */
  activate(x: Tensor, activation: Activation): Tensor;
  /** dy, which becomes dx, from the slopes. */
  activateBackward(slopes: Tensor, dy: Tensor): Tensor;
};

export function blockPasses({ run, heap, tensor, at }: Workbench, rows: number, epsilon: number): BlockPasses {
  const binary = (op: number, a: Tensor, b: Tensor, out: Tensor) => run.binary(op, 1, out.size, at(a), 0, true, at(b), 0, true, at(out));
  const product = (x: Tensor, { weight, bias }: Dense, out: Tensor, accumulate: boolean, biasAt = at(bias)) => {
    const [outputs, inputs] = weight.shape;
    run.gemm(false, true, rows, outputs, inputs, at(x), inputs, at(weight), inputs, biasAt, at(out), outputs, accumulate);
    return out;
  };
  const withWidth = (x: Tensor, width: number) => tensor([...x.shape.slice(0, -1), width]);
  return {
    dense: (x, layer, bias) => product(x, layer, withWidth(x, layer.weight.shape[0]), false, bias),
    addDense(onto, x, layer) {
      const out = tensor(onto.shape);
      const [from, to] = [at(onto), at(out)];
      heap.f32(to, out.size).set(heap.f32(from, out.size));
      return product(x, layer, out, true);
    },
    denseBackward(dy, x, { weight, bias }, onto) {
      const [outputs, inputs] = weight.shape;
      const [dx, dWeight, dBias] = [onto ?? withWidth(dy, inputs), tensor(weight.shape), bias && tensor([outputs])];
      run.gemm(false, false, rows, inputs, outputs, at(dy), outputs, at(weight), inputs, 0, at(dx), inputs, onto !== undefined);
      run.gemm(true, false, outputs, inputs, rows, at(dy), outputs, at(x), inputs, 0, at(dWeight), inputs, false);
      if (dBias) run.sumColumns(rows, outputs, at(dy), at(dBias), false);
      return { dx, dWeight, dBias };
    },
    norm(x, { weight, bias }) {
      const [y, means, scales] = [tensor(x.shape), tensor([rows]), tensor([rows])];
      run.layerNormForward(rows, weight.size, at(x), at(weight), at(bias), epsilon, at(y), at(means), at(scales));
      return { y, means, scales };
    },
    normBackward(x, { means, scales }, { weight }, dy, around) {
      const [dx, dWeight, dBias] = [tensor(x.shape), tensor(weight.shape), tensor(weight.shape)];
      run.layerNormBackward(rows, weight.size, at(x), at(weight), at(means), at(scales), at(dy), at(dx), at(dWeight), at(dBias));
      binary(ADD, dx, around, dx);
      return { dx, dWeight, dBias };
    },
    activate(x, activation) {
      const y = tensor(x.shape);
      if (activation === "relu") {
        // The slope of what is over 0 is 1.
        run.unary(RELU, x.size, at(x), at(y));
        run.unary(STEP, x.size, at(x), at(x));
      } else run.geluForward(x.size, activation === "gelu-tanh", at(x), at(y), at(x));
      return y;
    },
    activateBackward(slopes, dy) {
      binary(MULTIPLY, dy, slopes, dy);
      return dy;
    },
  };
}
