import { div, mul, type Scalar, scalar, softplus, type Tensor } from "@tensorflow/tfjs-core";
import type { Layer } from "@refrain/core";

/** `s`, from which the one factor of all features comes. */
export type StabilizerParams = { readonly s: Scalar };

/**
 * Scales all features by one trained factor that cannot turn negative: y = beta x, beta = log(1 + exp(steepness s)) / steepness
 * (Ghahremani and Droppo 2016; CNTK's Stabilizer). A layer between others, it lets training set how strong a signal is by one
 * number. `s` starts where beta is 1.
 *
 * @throws {RangeError} unless the steepness, 4 by default, is over 0.
 */
export function stabilizer({ steepness = 4 }: { readonly steepness?: number } = {}): Layer<StabilizerParams, Tensor, Tensor> {
  if (!(steepness > 0 && Number.isFinite(steepness))) throw new RangeError(`stabilizer: steepness must be over 0 and finite, but is ${steepness}.`);
  return {
    kind: "stabilizer",
    config: { steepness },
    // log(exp(steepness) - 1) / steepness, in a form that a large steepness does not overflow.
    init: () => ({ s: scalar(1 + Math.log1p(-Math.exp(-steepness)) / steepness) }),
    apply: ({ s }, x) => mul(x, div(softplus(mul(s, steepness)), steepness)),
  };
}
