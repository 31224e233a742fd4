import { logSoftmax } from "./log-softmax.ts";
import { ranking } from "./ranking.ts";
import type { Reader } from "./reader.ts";
import type { Filter } from "./sampler.ts";

/** How many texts beam search follows, how it ranks them, and when they end. */
export type BeamOptions = {
  /** What the model reads first: at least one token. */
  readonly prompt: Iterable<number>;
  /** Hypotheses kept at each step, in all groups together. */
  readonly beams: number;
  /** Tokens to write at most, stop tokens counted. */
  readonly length: number;
  /** Wu et al. (2016), alpha: 0, the default, ranks by probability alone, which favours the short; larger values favour the long. */
  readonly lengthPenalty?: number;
  /** Into how many groups of one size the beams are divided; 1 by default. */
  readonly groups?: number;
  /** Vijayakumar et al. (2018), lambda: what a token loses (nats) for each time that an earlier group took it at the same step; 0 by default. */
  readonly diversity?: number;
  /** Tokens that end a hypothesis; none by default. */
  readonly stop?: readonly number[];
  /** Applied before probabilities are taken, as a sampler does. */
  readonly filters?: readonly Filter[];
  /**
   * Filters that only rule tokens out, applied to the log-probabilities after that. What remains keeps the probability that the
   * model gave it, so hypotheses are told apart by how well they bear what is forced upon them.
   */
  readonly constraints?: readonly Filter[];
  /** How many hypotheses to give back, at most as many as beams; 1 by default. */
  readonly count?: number;
};

/** A text that beam search found. */
export type Hypothesis = {
  /** What was written, the stop token included, the prompt not. */
  readonly tokens: readonly number[];
  /** The sum of the tokens' log-probabilities, in nats. */
  readonly logProbability: number;
  /** What hypotheses are ranked by: logProbability / ((5 + tokens) / 6)^lengthPenalty. */
  readonly score: number;
  /** Whether a stop token ended it, as against the greatest length. */
  readonly stopped: boolean;
};

/** A hypothesis that can go on: `next` [classes] are the log-probabilities of the next token. */
type Branch<Place> = { readonly tokens: readonly number[]; readonly total: number; readonly place: Place; readonly next: Float32Array };

/** A token after a branch; `total` is the log-probability of them together. */
type Step<Place> = { readonly parent: Branch<Place>; readonly token: number; readonly total: number };

/**
 * Beam search: the likeliest texts that are found by keeping the best `beams` beginnings at each step, best first. One that ends
 * leaves the beam, which is narrower from then on. With one beam it is greedy; with as many beams as there are texts, exact.
 * Diversity and the length penalty (eq. 14 of Wu et al.) choose and rank; they are no part of the probability.
 *
 * @throws {RangeError} when an option is out of its range, or beams do not divide into the groups.
 * @throws {Error} when the filters leave no token to any hypothesis before one is complete.
 */
export function beamSearch<Place>(reader: Reader<Place>, options: BeamOptions): Hypothesis[] {
  checkOptions(options);
  const { prompt, beams, length, lengthPenalty = 0, groups = 1, diversity = 0, stop = [], filters = [], constraints = [], count = 1 } = options;
  const before = [...prompt];
  const held: Place[] = [];

  function branch(tokens: readonly number[], total: number, read: readonly number[], from?: Place): Branch<Place> {
    const { place, logits } = reader.read(read, from);
    held.push(place);
    const previous = [...before, ...tokens];
    for (const filter of filters) filter(logits, previous);
    const next = logSoftmax(logits);
    for (const constraint of constraints) constraint(next, previous);
    return { tokens, total, place, next };
  }
  function release({ place }: Branch<Place>): void {
    held.splice(held.indexOf(place), 1);
    reader.release(place);
  }
  const complete: Hypothesis[] = [];
  function finish({ parent, token, total }: Step<Place>): void {
    const tokens = [...parent.tokens, token];
    complete.push({ tokens, logProbability: total, score: total / ((5 + tokens.length) / 6) ** lengthPenalty, stopped: stop.includes(token) });
  }

  try {
    const root = branch([], 0, before);
    let live: Branch<Place>[][] = Array.from({ length: groups }, () => [root]);
    const widths = live.map(() => beams / groups);
    for (let written = 1; live.some((group) => group.length > 0); written++) {
      const ends = ({ token }: Step<Place>) => written === length || stop.includes(token);
      const taken = new Map<number, number>();
      const open = live.map((group, g) => {
        const steps = bestSteps(group, widths[g] as number, (token) => diversity * (taken.get(token) ?? 0));
        for (const { token } of steps) taken.set(token, (taken.get(token) ?? 0) + 1);
        const ended = steps.filter(ends);
        ended.forEach(finish);
        widths[g] = (widths[g] as number) - ended.length;
        return steps.filter((step) => !ends(step));
      });
      // A place is given back before the next is made wherever that can be: those that nobody goes on from first.
      const steps = open.flat();
      const parents = new Set(live.flat());
      for (const parent of parents) if (!steps.some((step) => step.parent === parent)) release(parent);
      live = open.map((group) =>
        group.map((step) => {
          const { parent, token, total } = step;
          const child = branch([...parent.tokens, token], total, [token], parent.place);
          if (steps.findLast((other) => other.parent === parent) === step) release(parent);
          return child;
        }),
      );
    }
  } finally {
    for (const place of held) reader.release(place);
  }
  if (complete.length === 0) throw new Error("beamSearch: one token at least must remain, but the filters ruled all out before a text was complete.");
  return complete.toSorted((a, b) => b.score - a.score).slice(0, count);
}

/** The best steps from any of the branches, best first; `setBack` is what a token loses in the ranking. */
function bestSteps<Place>(branches: readonly Branch<Place>[], width: number, setBack: (token: number) => number): Step<Place>[] {
  const best = ranking<Step<Place>>(width);
  for (const parent of branches)
    parent.next.forEach((log, token) => {
      const total = parent.total + log;
      best.offer(total - setBack(token), () => ({ parent, token, total }));
    });
  return best.items();
}

function checkOptions({ beams, length, lengthPenalty = 0, groups = 1, diversity = 0, count = 1 }: BeamOptions): void {
  for (const [name, value] of Object.entries({ beams, length, groups, count }))
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`beamSearch: ${name} must be a whole number of at least 1, but is ${value}.`);
  if (!Number.isFinite(lengthPenalty)) throw new RangeError(`beamSearch: lengthPenalty must be a finite number, but is ${lengthPenalty}.`);
  if (!(diversity >= 0 && diversity < Number.POSITIVE_INFINITY))
    throw new RangeError(`beamSearch: diversity must be a finite number of at least 0, but is ${diversity}.`);
  if (beams % groups !== 0) throw new RangeError(`beamSearch: beams must divide into groups of one size, but there are ${beams} beams and ${groups} groups.`);
  if (diversity > 0 && groups === 1) throw new RangeError("beamSearch: diversity sets groups apart, but there is one group. Give more groups.");
  if (count > beams) throw new RangeError(`beamSearch: ${beams} beams find at most ${beams} texts, but ${count} are to be given back.`);
}
