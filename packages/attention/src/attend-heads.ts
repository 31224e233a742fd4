import { add, expandDims, matMul, mul, reshape, type Tensor } from "@tensorflow/tfjs-core";
import type { AttentionShape } from "@refrain/core";
import { alibi } from "./alibi.ts";
import { allOf } from "./all-of.ts";
import { causalMask } from "./causal-mask.ts";
import type { Attended, Mask } from "./contract.ts";
import { halves, joinHeads, splitHeads } from "./heads.ts";
import { maskedSoftmax } from "./masked-softmax.ts";
import { paddingMask } from "./padding-mask.ts";
import { windowMask } from "./window-mask.ts";

type Shape = AttentionShape & {
  readonly mask?: Mask | undefined;
  /** Drops some of the weights. */
  readonly drop: (weights: Tensor) => Tensor;
};

/** Scaled dot-product attention of all heads, composed of operations: `query` [batch, query, heads * size], `keyValues` [batch, key, 2 * keyValueHeads * size]. */
export function attendHeads(query: Tensor, keyValues: Tensor, { heads, keyValueHeads, slopes, drop, ...hidden }: Shape): Attended {
  const [keyPart, valuePart] = halves(keyValues);
  const [keys, values] = [splitHeads(keyPart, keyValueHeads), splitHeads(valuePart, keyValueHeads)];
  const asked = splitHeads(query, heads);
  const [batch, , queries, size] = asked.shape as [number, number, number, number];
  const keyCount = keys.shape[2] as number;
  // The heads of a group stand under each other, as so many more queries of the head whose keys they share.
  const grouped = reshape(asked, [batch, keyValueHeads, -1, size]);
  let scores: Tensor = reshape(mul(matMul(grouped, keys, false, true), 1 / Math.sqrt(size)), [batch, heads, queries, keyCount]);
  if (slopes) scores = add(scores, expandDims(alibi(heads, queries, keyCount), 0));
  const weights = maskedSoftmax(scores, maskOfAll(queries, keyCount, hidden));
  const read = matMul(reshape(drop(weights), [batch, keyValueHeads, -1, keyCount]), values);
  return { output: joinHeads(reshape(read, [batch, heads, queries, size])), weights };
}

/** Everything that hides keys as one mask, which broadcasts to [batch, heads, query, key]. */
function maskOfAll(
  queries: number,
  keys: number,
  { causal, window, keyLengths, mask }: Pick<Shape, "causal" | "window" | "keyLengths" | "mask">,
): Mask | undefined {
  const masks: Mask[] = [];
  if (causal) masks.push(window > 0 ? windowMask(queries, window, keys) : causalMask(queries, keys));
  if (keyLengths) masks.push(expandDims(paddingMask(keyLengths, keys), 1));
  if (mask) masks.push(mask.rank === 3 ? expandDims(mask, 1) : mask);
  const [first, ...rest] = masks;
  return first && allOf([first, ...rest]);
}
