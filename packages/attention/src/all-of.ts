import { mul } from "@tensorflow/tfjs-core";
import type { Mask } from "./contract.ts";

/** What all of the masks let through. */
export function allOf(masks: readonly [Mask, ...Mask[]]): Mask {
  return masks.reduce((all, mask) => mul(all, mask));
}
