import { add, equal, exp, expandDims, log, max, mul, squeeze, sub, sum, type Tensor, where, zerosLike } from "@tensorflow/tfjs-core";
import { customOp } from "@refrain/core";

/**
 * log(sum(exp(x))) along an axis, which goes. Stable for numbers of any size, and where all of them are minus infinity it is minus
 * infinity, with gradients of 0 (tf.logSumExp gives NaN there).
 */
export function logSumExp<T extends Tensor>(x: Tensor, axis: number): T {
  const [y] = customOp({
    inputs: { x },
    forward(save) {
      const largest = max(x, axis, true);
      const shift = where(equal(largest, Number.NEGATIVE_INFINITY), zerosLike(largest), largest);
      const sums = add(log(sum(exp(sub(x, shift)), axis, true)), shift);
      save([x, sums]);
      return [squeeze(sums, [axis])];
    },
    backward([dy], [saved, sums]) {
      const [given, total] = [saved, sums] as [Tensor, Tensor];
      const shares = exp(sub(given, where(equal(total, Number.NEGATIVE_INFINITY), zerosLike(total), total)));
      return { x: mul(expandDims(dy as Tensor, axis), shares) };
    },
  });
  return y as T;
}
