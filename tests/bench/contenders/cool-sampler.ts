import { generator, key } from "@refrain/core";
import { type Sampler, samplerOf, temperature } from "@refrain/losses/sampling";

/** Draws tokens at temperature 0.8, always the same from the same logits. */
export function coolSampler(): Sampler {
  return samplerOf([temperature(0.8)], generator(key(1)));
}
