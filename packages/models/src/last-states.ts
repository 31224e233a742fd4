import { concat, type Tensor2D } from "@tensorflow/tfjs-core";
import type { BothWaysState } from "./both-ways.ts";

/** What the top layer knows of whole sequences: the forward state after their last step, the backward one after their first. [batch, 2 * hidden] */
export function lastStates(state: BothWaysState): Tensor2D {
  const { forwards, backwards } = state.at(-1) as BothWaysState[number];
  return concat([forwards.h, backwards.h], 1);
}
