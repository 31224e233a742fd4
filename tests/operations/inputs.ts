import { key, normal } from "@refrain/core";
import { type Tensor, tensor, type Tensor2D, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";

/** Normal numbers, the same for the same shape and seed. */
export function numbers<T extends Tensor>(shape: number[], seed = 1): T {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tensor(normal(key(seed), size), shape) as T;
}

/** A batch of three sequences of four steps, five features each, and how long they are. */
export const sequences = (features = 5): Tensor3D => numbers([3, 4, features], 3);
export const LENGTHS = [4, 1, 3];

export const matrix = (rows: number, columns: number): Tensor2D => numbers([rows, columns], 6);

/** Labels of three sequences of four steps, one of them ignored: int32 [3, 4]. */
export const labels = (): Tensor2D => tensor2d([0, 1, 2, 3, 3, -100, 1, 0, 2, 2, 0, 1], [3, 4], "int32");
