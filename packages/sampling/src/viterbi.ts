/** The scores of a linear chain of tags, on plain arrays: [tags * tags] row by row, [tags], [tags]. */
export type ChainScores = { readonly transitions: Float32Array; readonly start: Float32Array; readonly end: Float32Array };

/**
 * The tags whose path scores highest (Viterbi 1967): [time]. Of those that score alike, the lower.
 *
 * @param emissions [time * tags], step by step, at least one
 * @throws {Error} when every path scores minus infinity, or a score is no number.
 */
export function viterbi({ transitions, start, end }: ChainScores, emissions: Float32Array): Int32Array {
  const tags = start.length,
    time = emissions.length / tags;
  for (const [name, scores] of Object.entries({ emissions, transitions, start, end }))
    if (scores.some(Number.isNaN)) throw new Error(`viterbi: the ${name} hold NaN, which no path can be chosen by.`);
  const from = new Int32Array(emissions.length);
  let scores = Float64Array.from(start, (score, tag) => score + (emissions[tag] as number));
  for (let step = 1; step < time; step++) {
    const next = new Float64Array(tags);
    for (let tag = 0; tag < tags; tag++) {
      const best = largestAt(tags, (before) => (scores[before] as number) + (transitions[before * tags + tag] as number));
      from[step * tags + tag] = best;
      next[tag] = (scores[best] as number) + (transitions[best * tags + tag] as number) + (emissions[step * tags + tag] as number);
    }
    scores = next;
  }
  const whole = scores.map((score, tag) => score + (end[tag] as number));
  const last = largestAt(tags, (tag) => whole[tag] as number);
  if (whole[last] === Number.NEGATIVE_INFINITY)
    throw new Error(`viterbi: no path of ${time} steps is possible: each meets a score of minus infinity. Let at least one through.`);
  const path = new Int32Array(time);
  path[time - 1] = last;
  for (let step = time - 1; step > 0; step--) path[step - 1] = from[step * tags + (path[step] as number)] as number;
  return path;
}

function largestAt(count: number, value: (index: number) => number): number {
  let best = 0;
  for (let index = 1; index < count; index++) if (value(index) > value(best)) best = index;
  return best;
}
