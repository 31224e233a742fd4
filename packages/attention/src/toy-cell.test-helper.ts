import { affine, type Cell, dense, type DenseParams, dropout, type Key, split } from "@refrain/core";
import { add, stack, tanh, type Tensor2D, type Tensor3D, unstack, zeros } from "@tensorflow/tfjs-core";

export type ToyParams = { readonly input: DenseParams; readonly hidden: DenseParams };
export type ToyState = { readonly h: Tensor2D };
export type ToyCell = Cell<ToyParams, ToyState>;

/** The plainest cell there is, h' = tanh(W x + U h + b): an attending decoder takes any. */
export function toyCell(inputSize: number, hiddenSize: number): ToyCell {
  const [toInput, toHidden] = [dense({ inputs: inputSize, outputs: hiddenSize }), dense({ inputs: hiddenSize, outputs: hiddenSize, bias: false })];
  return {
    kind: "toy",
    config: { inputSize, hiddenSize },
    inputSize,
    hiddenSize,
    init(key) {
      const [a, b] = split(key) as [Key, Key];
      return { input: toInput.init(a), hidden: toHidden.init(b) };
    },
    initialState: (batch) => ({ h: zeros([batch, hiddenSize]) }),
    step(params, { h }, x) {
      const output = tanh(add(affine(x, params.input), affine(h, params.hidden))) as Tensor2D;
      return { state: { h: output }, output };
    },
  };
}

/** The same with a way to run all steps at once, which counts its calls. */
export function wholeCell(inputSize: number, hiddenSize: number): ToyCell & { readonly calls: () => number } {
  const cell = toyCell(inputSize, hiddenSize);
  let calls = 0;
  return {
    ...cell,
    calls: () => calls,
    sequence(params, state, x) {
      calls++;
      let carried = state;
      const outputs = (unstack(x as Tensor3D, 1) as Tensor2D[]).map((step) => {
        const next = cell.step(params, carried, step);
        carried = next.state;
        return next.output;
      });
      return { outputs: stack(outputs, 1) as Tensor3D, state: carried };
    },
  };
}

/** The same with dropout of its outputs, drawn once for all steps of a run. */
export function droppingCell(inputSize: number, hiddenSize: number): ToyCell {
  const cell = toyCell(inputSize, hiddenSize),
    drop = dropout({ rate: 0.5 });
  return {
    ...cell,
    prepare: (key) => ({
      ...cell,
      step(params, state, x) {
        const next = cell.step(params, state, x);
        return { state: next.state, output: drop.apply({}, next.output, { training: key }) as Tensor2D };
      },
    }),
  };
}
