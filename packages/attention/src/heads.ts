import { reshape, slice, type Tensor, transpose } from "@tensorflow/tfjs-core";

/** [batch, time, heads * size] as [batch, heads, time, size]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, time, features] = x.shape as [number, number, number];
  return transpose(reshape(x, [batch, time, heads, features / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, time, size] as [batch, time, heads * size]. */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, time, size] = x.shape as [number, number, number, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, time, heads * size]);
}

/** The first and the second half of the features. */
export function halves(x: Tensor): [Tensor, Tensor] {
  const outer = x.shape.slice(0, -1).map(() => 0);
  const half = (x.shape.at(-1) as number) / 2;
  const size = [...outer.map(() => -1), half];
  return [slice(x, [...outer, 0], size), slice(x, [...outer, half], size)];
}
