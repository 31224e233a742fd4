import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { checkLengths } from "@refrain/core";

/**
 * Each sequence's first `lengths[i]` of `keys` are seen, the rest is padding: [batch, 1, keys].
 *
 * @throws {RangeError} unless the lengths are whole numbers from 0 to `keys`.
 */
export function paddingMask(lengths: readonly number[], keys: number): Tensor {
  checkLengths(lengths.length, keys, lengths);
  const seen = Float32Array.from({ length: lengths.length * keys }, (_, i) => (i % keys < (lengths[Math.floor(i / keys)] as number) ? 1 : 0));
  return tensor(seen, [lengths.length, 1, keys]);
}
