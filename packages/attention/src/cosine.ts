import { maximum, mul, rsqrt, square, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { Score } from "./contract.ts";
import { dot } from "./dot.ts";

/** The least squared length that a vector is divided by. */
const LEAST_SQUARE = 1e-24;

/** The cosine of the angle between q and k (Graves et al. 2014), -1 to 1; 0 with a vector of zeros. */
export const cosine: Score = (query, keys) => dot(normalised(query), normalised(keys));

function normalised(x: Tensor): Tensor {
  return mul(x, rsqrt(maximum(sum(square(x), -1, true), LEAST_SQUARE)));
}
