import { add, concat, mul, reshape, slice, stack, sub, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { angles, BASE, checkEven } from "@refrain/kernels/nets";

/** How rotary positions turn features. */
export type RotaryOptions = {
  readonly base?: number;
  /** Which features make a pair: neighbours (as the paper), or one of each half (as GPT-NeoX and Llama); neighbours by default. */
  readonly pairs?: "interleaved" | "half";
  /** The position of the first; 0 by default. */
  readonly first?: number;
};

/**
 * Rotary positions (Su et al. 2021, eq. 34): turns each pair of features by its position's angle, so that the product of a query and a key
 * depends on how far apart they are. `x` [.., position, features]
 *
 * @throws {RangeError} unless the features are even. @throws {TypeError} when there are no such pairs.
 */
export function rotary(x: Tensor, { base = BASE, pairs = "interleaved", first = 0 }: RotaryOptions = {}): Tensor {
  const [positions, features] = x.shape.slice(-2) as [number, number];
  checkEven("rotary", features);
  if (pairs !== "interleaved" && pairs !== "half") throw new TypeError(`rotary: pairs must be "interleaved" or "half", but is ${JSON.stringify(pairs)}.`);
  const turned = angles(positions, features, base, first);
  const half = features / 2;
  const [cos, sin] = [Math.cos, Math.sin].map((f) => tensor(Float32Array.from(turned, f), [positions, half])) as [Tensor, Tensor];
  const [a, b] = pairsOf(x, pairs);
  const [left, right] = [sub(mul(a, cos), mul(b, sin)), add(mul(a, sin), mul(b, cos))];
  return pairs === "half" ? concat([left, right], -1) : reshape(stack([left, right], -1), x.shape);
}

/** The first and the second of each pair: [.., features / 2] each. */
function pairsOf(x: Tensor, pairs: "interleaved" | "half"): [Tensor, Tensor] {
  const half = (x.shape.at(-1) as number) / 2;
  const outer = x.shape.slice(0, -1);
  // The pair's place is an axis of its own: [.., 2, half] or [.., half, 2].
  const split = reshape(x, pairs === "half" ? [-1, 2, half] : [-1, half, 2]);
  const size = pairs === "half" ? [-1, 1, -1] : [-1, -1, 1];
  const at = (place: number) => reshape(slice(split, pairs === "half" ? [0, place, 0] : [0, 0, place], size), [...outer, half]);
  return [at(0), at(1)];
}
