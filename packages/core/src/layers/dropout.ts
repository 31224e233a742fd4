import { mul, type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { Layer } from "../contract.ts";
import { generator } from "@refrain/sampling";

/**
 * Zeroes each number with probability `rate` while training and scales the rest by 1 / (1 - rate) (Srivastava et al. 2014).
 * In inference it does nothing. The same key drops the same numbers on every backend.
 *
 * @throws {RangeError} unless 0 <= rate < 1.
 */
export function dropout({ rate }: { readonly rate: number }): Layer<Record<never, never>, Tensor, Tensor> {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout: the rate must be at least 0 and under 1, but is ${rate}.`);
  return {
    kind: "dropout",
    config: { rate },
    init: () => ({}),
    apply(_, x, mode = "inference") {
      if (mode === "inference" || rate === 0) return x;
      const random = generator(mode.training);
      const mask = new Float32Array(x.size);
      for (let i = 0; i < mask.length; i++) mask[i] = random() < rate ? 0 : 1 / (1 - rate);
      return mul(x, tensor(mask, x.shape));
    },
  };
}
