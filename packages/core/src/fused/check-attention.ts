import type { AttentionShape } from "./attention-shape.ts";
import { checkLengths } from "./sequence-plan.ts";

/**
 * Kernels read what they are pointed at.
 *
 * @throws {Error} unless `query` [batch, query, features] and `keyValues` fit each other and the heads. @throws {RangeError} when the lengths do not fit the keys.
 */
export function checkAttention(query: readonly number[], keyValues: readonly number[], { heads, keyValueHeads, slopes, keyLengths }: AttentionShape): void {
  const [batch, , features] = query as [number, number, number];
  if (features % heads !== 0 || heads % keyValueHeads !== 0 || (slopes && slopes.length !== heads))
    throw new Error(
      `attention: ${heads} heads must divide the ${features} features, ${keyValueHeads} key/value heads the heads, and slopes be one a head or none${slopes ? `, but are ${slopes.length}` : ""}.`,
    );
  const width = (2 * keyValueHeads * features) / heads;
  if (keyValues[0] !== batch || keyValues[2] !== width)
    throw new Error(`attention: keys and values must be [${batch}, key, ${width}], but are [${keyValues}].`);
  if (keyLengths) checkLengths(batch, keyValues[1] as number, keyLengths);
}
