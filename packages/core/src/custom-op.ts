import { engine, type NamedTensorMap, type Tensor, tidy } from "@tensorflow/tfjs-core";

/** An operation with a gradient of its own, as `customOp` takes it. */
export type CustomOp = {
  /** The tensors that gradients are wanted for, by name. */
  readonly inputs: NamedTensorMap;
  /** Computes the outputs. Nothing in here is recorded; `save`, called once at most, keeps tensors for `backward`. The inputs live until then in any case. */
  forward(save: (tensors: Tensor[]) => void): Tensor[];
  /** From the outputs' gradients and what was saved, the gradient of each input, each a tensor of its own. Called once. */
  backward(gradients: Tensor[], saved: Tensor[]): Record<string, Tensor>;
};

/** The engine's own entry for operations with gradients of their own. `tf.customGrad` wraps it, but allows one output only. */
type Recorder = {
  runKernelFunc(op: {
    inputs: NamedTensorMap;
    forwardFunc(backend: unknown, save: (tensors: Tensor[]) => void): Tensor[];
    backwardsFunc(gradients: Tensor | Tensor[], saved: Tensor[]): Record<string, () => Tensor>;
  }): Tensor[];
};

/** Runs an operation with several outputs and a gradient of its own. */
export function customOp({ inputs, forward, backward }: CustomOp): Tensor[] {
  let keeping = 0;
  return (engine() as unknown as Recorder).runKernelFunc({
    inputs,
    forwardFunc(_, save) {
      let kept: Tensor[] = [];
      const outputs = forward((tensors) => {
        kept = tensors;
      });
      keeping = kept.length;
      // An input that nobody else keeps would be gone by the time of the backward pass.
      save([...kept, ...Object.values(inputs)]);
      return outputs;
    },
    backwardsFunc(gradients, saved) {
      // At once: each of the functions handed back runs in a scope of its own, which would take the other gradients with it.
      const computed = tidy(() => backward(Array.isArray(gradients) ? gradients : [gradients], saved.slice(0, keeping)));
      return Object.fromEntries(Object.keys(inputs).map((name) => [name, () => computed[name] as Tensor]));
    },
  });
}
