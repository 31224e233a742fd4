import type { PenaltyOptions } from "./penalty.ts";
import type { Filter } from "./sampler.ts";

/**
 * Rules out every token that would end an n-gram which the text already has (Paulus et al. 2018, section 2.5); n = 1 lets no token
 * come twice. Where that would leave no token at all, it rules out none: some token must come.
 *
 * @throws {RangeError} unless n is a whole number of at least 1.
 */
export function noRepeatNgram(n: number, { spared = [] }: PenaltyOptions = {}): Filter {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`noRepeatNgram: n must be a whole number of at least 1, but is ${n}.`);
  const kept = new Set(spared);
  return (logits, previous) => {
    const opening = n === 1 ? [] : previous.slice(1 - n);
    const out = new Set<number>();
    for (let end = n - 1; end < previous.length; end++) {
      const token = previous[end] as number;
      if (!kept.has(token) && opening.every((part, i) => previous[end - n + 1 + i] === part)) out.add(token);
    }
    if (logits.every((logit, token) => logit === Number.NEGATIVE_INFINITY || out.has(token))) return;
    for (const token of out) logits[token] = Number.NEGATIVE_INFINITY;
  };
}
