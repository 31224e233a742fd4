import { expandDims, less, range, type Tensor2D, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { checkLengths } from "@refrain/core";

/**
 * Which steps each sequence of a padded batch has: bool [batch, time], true before its length. To weigh losses by it, `cast` it to float32.
 *
 * @param lengths [batch] @param time steps of the batch
 * @throws {RangeError} unless every length is a whole number from 0 to `time`.
 */
export function sequenceMask(lengths: readonly number[], time: number): Tensor2D {
  checkLengths(lengths.length, time, lengths);
  return tidy(() => less(expandDims(range(0, time, 1, "int32"), 0), expandDims(tensor1d([...lengths], "int32"), 1)) as Tensor2D);
}
