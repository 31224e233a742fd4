import { sub, type Tensor1D, tensor1d } from "@tensorflow/tfjs-core";

/**
 * Parts for `countCorrect`: the frequent classes (see `frequentClasses`) and the rest, which are rare or never come. [classes] each,
 * 1 for a class of the part and 0 for any other.
 *
 * @throws {RangeError} when one is none of the classes.
 */
export function frequencyParts(frequent: Iterable<number>, classes: number): { readonly frequent: Tensor1D; readonly rare: Tensor1D } {
  const members = new Float32Array(classes);
  for (const index of frequent) {
    if (!Number.isInteger(index) || index < 0 || index >= classes)
      throw new RangeError(`frequencyParts: a class must be a whole number from 0 to ${classes - 1}, but one is ${index}.`);
    members[index] = 1;
  }
  const mask = tensor1d(members);
  return { frequent: mask, rare: sub(1, mask) };
}
