import type { Scalar } from "@tensorflow/tfjs-core";
import { disposeTree, type TensorTree, valueAndGrad } from "@refrain/core";
import { adam } from "@refrain/train";

/** Trains parameters, which it takes over, by so many steps of Adam, at a rate that falls to 0. */
export function learn<P extends TensorTree>(loss: (params: P, step: number) => Scalar, fresh: P, { steps, rate }: { steps: number; rate: number }): P {
  const optimizer = adam();
  let params = fresh,
    state = optimizer.init(params);
  for (let step = 1; step <= steps; step++) {
    const { value, gradients } = valueAndGrad((own: P) => loss(own, step))(params);
    const next = optimizer.update(gradients, state, params, { step, rate: rate * (1 - step / steps) });
    disposeTree([value, gradients, params, state]);
    ({ params, state } = next);
  }
  disposeTree(state);
  return params;
}
