import { div } from "@tensorflow/tfjs-core";
import type { Score } from "./contract.ts";
import { dot } from "./dot.ts";

/** q · k / sqrt(features) (Vaswani et al. 2017, eq. 1): scores stay of one size however many features there are. */
export const scaledDot: Score = (query, keys) => div(dot(query, keys), Math.sqrt(query.shape.at(-1) as number));
