import { matMul } from "@tensorflow/tfjs-core";
import type { Score } from "./contract.ts";

/** q · k (Luong et al. 2015, "dot"). */
export const dot: Score = (query, keys) => matMul(query, keys, false, true);
