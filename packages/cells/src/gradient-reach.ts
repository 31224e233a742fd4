import {
  addN,
  clone,
  mul,
  type Scalar,
  slice,
  squeeze,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type TensorContainer,
  tidy,
} from "@tensorflow/tfjs-core";
import { type Cell, disposeTree, mapTree, named, type TensorTree, valueAndGrad } from "@refrain/core";

/** What `gradientReach` lets a cell read. */
export type GradientReachInput<S> = {
  /** [batch, time, input] */
  readonly x: Tensor3D;
  /** The state before the first step; the cell's own initial state by default. It stays the caller's. */
  readonly state?: S;
};

/** How much a loss depends on the state that many steps before its own. */
export type Reach = {
  /** Steps from this state to the last one: 0 is the last state itself, `time` the state before the first step. */
  readonly distance: number;
  /** For each part of the state ("h", "c"; "0.h" in a stack) the Euclidean norm of the gradient, over the whole batch. */
  readonly norms: Readonly<Record<string, number>>;
};

/**
 * How far gradients reach: the norm of d loss / d state at every distance from a loss of the last state, nearest first. Along time
 * a gradient is a product of Jacobians, which vanishes or explodes (Hochreiter 1991; Bengio et al. 1994; Pascanu et al. 2013, eq. 5).
 *
 * The gradients are exact, by the chain rule step by step, at any length: they are kept near 1 by powers of two, so that norms which
 * float32 could not hold (under 1e-38, say) come out right. Where a state has several parts, each counts by itself: an LSTM's `h` is
 * what its gates read, `c` the memory that flows straight through.
 *
 * @param loss of the state after the last step, a scalar
 * @throws {Error} when `x` is not [batch, time, input] with the cell's input size and at least one step, or a gradient is no finite number.
 */
export async function* gradientReach<P extends TensorTree, S extends TensorTree>(
  cell: Cell<P, S>,
  params: P,
  { x, state }: GradientReachInput<S>,
  loss: (last: S) => Scalar,
): AsyncGenerator<Reach, void, void> {
  const [, time, input] = x.shape;
  if (x.shape.length !== 3 || input !== cell.inputSize || time < 1)
    throw new Error(`gradientReach: x must be [batch, time, ${cell.inputSize}] with at least one step, but is [${x.shape}].`);
  const inputAt = (step: number) => squeeze(slice(x, [0, step, 0], [-1, 1, -1]), [1]) as Tensor2D;
  const back = valueAndGrad((before: S, step: number, gradient: S) => {
    const after = named(cell.step(params, before, inputAt(step)).state);
    return addN([...named(gradient)].map(([path, leaf]) => sum(mul(after.get(path) as Tensor, leaf))));
  });

  const states: S[] = [state ? kept(() => state) : cell.initialState(x.shape[0])];
  let gradient: S | undefined;
  try {
    for (let step = 0; step < time; step++) states.push(kept(() => cell.step(params, states[step] as S, inputAt(step)).state));
    let scale = 1;
    gradient = kept(() => valueAndGrad(loss)(states[time] as S).gradients);
    for (let distance = 0; distance <= time; distance++) {
      const norms = await normsOf(gradient);
      const largest = Math.max(...Object.values(norms));
      if (!Number.isFinite(largest)) throw new Error(`gradientReach: the gradient ${distance} steps before the loss is no finite number, but ${largest}.`);
      yield { distance, norms: Object.fromEntries(Object.entries(norms).map(([path, norm]) => [path, norm * scale])) };
      if (distance === time) return;
      const unit = powerNear(largest);
      scale *= unit;
      const last: S = gradient;
      const before = time - distance - 1;
      gradient = kept(
        () =>
          back(
            states[before] as S,
            before,
            mapTree(last, (leaf) => mul(leaf, 1 / unit)),
          ).gradients,
      );
      disposeTree([last, states.pop() as S]);
    }
  } finally {
    disposeTree([...states, ...(gradient ? [gradient] : [])]);
  }
}

/** A tree of tensors of its own, and nothing else of what making it took. */
function kept<S extends TensorTree>(make: () => S): S {
  return tidy(() => mapTree(make(), clone) as unknown as TensorContainer) as unknown as S;
}

/** Summed up in float64, where no square of a float32 is lost. */
async function normsOf(gradient: TensorTree): Promise<Record<string, number>> {
  const norms: Record<string, number> = {};
  for (const [path, leaf] of named(gradient)) norms[path] = Math.sqrt((await leaf.data<"float32">()).reduce((total, value) => total + value * value, 0));
  return norms;
}

/** A power of two near a positive number, of those that have an inverse in float32; 1 for 0. */
function powerNear(value: number): number {
  return value > 0 ? 2 ** Math.min(126, Math.max(-126, Math.round(Math.log2(value)))) : 1;
}
