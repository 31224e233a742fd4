import { add, div, mul, type Scalar, sqrt, square, sub, type Tensor, tidy, zerosLike } from "@tensorflow/tfjs-core";
import { disposeTree, mapTree, named, type TensorTree, valueAndGrad } from "@refrain/core";

/** Trains parameters, which it takes over, by so many steps of Adam (Kingma and Ba 2015), at a rate that falls to 0. */
export function learn<P extends TensorTree>(loss: (params: P, step: number) => Scalar, fresh: P, { steps, rate }: { steps: number; rate: number }): P {
  type State = { readonly params: P; readonly mean: P; readonly variance: P };
  let state: State = tidy(() => ({ params: fresh, mean: mapTree(fresh, zerosLike), variance: mapTree(fresh, zerosLike) }) as never) as State;
  for (let step = 1; step <= steps; step++) {
    const next = tidy(() => {
      const slopes = named(valueAndGrad((params: P) => loss(params, step))(state.params).gradients);
      const moved = (old: P, share: number, of: (slope: Tensor) => Tensor) =>
        mapTree(old, (leaf, path) => add(mul(leaf, share), mul(of(slopes.get(path) as Tensor), 1 - share)));
      const [mean, variance] = [moved(state.mean, 0.9, (slope) => slope), moved(state.variance, 0.999, square)];
      const [means, variances] = [named(mean), named(variance)];
      const size = (rate * (1 - step / steps) * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
      const params = mapTree(state.params, (leaf, path) =>
        sub(leaf, mul(div(means.get(path) as Tensor, add(sqrt(variances.get(path) as Tensor), 1e-8)), size)),
      );
      return { params, mean, variance } as never;
    }) as State;
    disposeTree(state);
    state = next;
  }
  disposeTree([state.mean, state.variance]);
  return state.params;
}
