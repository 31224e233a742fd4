import { ranking } from "./ranking.ts";
import type { Reader, ReaderReading } from "./reader.ts";
import type { Filter } from "./sampler.ts";
import { softmax } from "./softmax.ts";

/** How contrastive search weighs probability against likeness, and when it ends. */
export type ContrastiveOptions = {
  /** What the model reads first: at least one token. */
  readonly prompt: Iterable<number>;
  /** From how many of the likeliest tokens each is chosen; each costs a reading. */
  readonly k: number;
  /** How much likeness to what was said counts, against probability: 0 is greedy, 1 looks at likeness alone. The paper uses 0.6 with k = 4 to 10. */
  readonly alpha: number;
  /** How many tokens to write; without end by default. */
  readonly length?: number;
  /** Tokens that end the text; none by default. */
  readonly stop?: readonly number[];
  readonly filters?: readonly Filter[];
};

/**
 * Contrastive search (Su et al. 2022, eq. 5): of the k likeliest tokens v the one with the greatest
 *
 *     (1 - alpha) p(v) - alpha max_j cos(h_v, h_j)
 *
 * where h_v is the top hidden state after v, and h_j those after the tokens before it, the prompt's included. So the text stays
 * likely and yet does not fall into repetition, without a random draw. Tokens come one after the other, the stop token too; stop
 * taking them and all places are released.
 *
 * @throws {RangeError} unless k is whole and at least 1, 0 <= alpha <= 1, the length whole, and there is a prompt.
 * @throws {Error} when the reader gives no hidden states, or the filters leave no token.
 */
export function* contrastiveSearch<Place>(
  reader: Reader<Place>,
  { prompt, k, alpha, length = Number.POSITIVE_INFINITY, stop = [], filters = [] }: ContrastiveOptions,
): Generator<number, void, void> {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`contrastiveSearch: k must be a whole number of at least 1, but is ${k}.`);
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`contrastiveSearch: alpha must be from 0 to 1, but is ${alpha}.`);
  if (!(length >= 0) || (length !== Number.POSITIVE_INFINITY && !Number.isInteger(length)))
    throw new RangeError(`contrastiveSearch: length must be a whole number, but is ${length}. Leave it out to write without end.`);
  const previous: number[] = [];
  const directions: Float32Array[] = [];
  const held = new Set<Place>();
  function look(token: number, from?: Place): Look<Place> {
    const reading = reader.read([token], from);
    held.add(reading.place);
    return { token, reading, direction: directionOf(reading) };
  }
  function release({ reading }: Look<Place>): void {
    held.delete(reading.place);
    reader.release(reading.place);
  }
  function goOn(from: Look<Place> | undefined, to: Look<Place>): Look<Place> {
    if (from) release(from);
    previous.push(to.token);
    directions.push(to.direction);
    return to;
  }

  try {
    let current: Look<Place> | undefined;
    for (const token of prompt) current = goOn(current, look(token, current?.reading.place));
    if (!current) throw new RangeError("contrastiveSearch: the prompt must have at least one token.");
    for (let written = 0; written < length; written++) {
      const { place, logits } = current.reading;
      for (const filter of filters) filter(logits, previous);
      let best: { look: Look<Place>; score: number } | undefined;
      for (const { token, probability } of likeliest(logits, k)) {
        const candidate = look(token, place);
        const likeness = directions.reduce((most, direction) => Math.max(most, dot(direction, candidate.direction)), -1);
        const score = (1 - alpha) * probability - alpha * likeness;
        if (best && score <= best.score) release(candidate);
        else {
          if (best) release(best.look);
          best = { look: candidate, score };
        }
      }
      if (!best) throw new Error("contrastiveSearch: one token at least must remain, but the filters ruled all out.");
      current = goOn(current, best.look);
      yield current.token;
      if (stop.includes(current.token)) return;
    }
  } finally {
    for (const place of held) reader.release(place);
  }
}

/** A token read, and the direction of the hidden state after it: of length 1. */
type Look<Place> = { readonly token: number; readonly reading: ReaderReading<Place>; readonly direction: Float32Array };

function directionOf({ hidden }: ReaderReading<unknown>): Float32Array {
  if (!hidden) throw new Error("contrastiveSearch: the reader must give hidden states, but its readings have none.");
  const norm = Math.sqrt(dot(hidden, hidden));
  // Zeros are like nothing.
  return norm === 0 ? hidden : hidden.map((value) => value / norm);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The k likeliest tokens, best first. */
function likeliest(logits: Float32Array, k: number): { token: number; probability: number }[] {
  const best = ranking<{ token: number; probability: number }>(k);
  softmax(logits).forEach((probability, token) => {
    // Ranked by logits: probabilities too small to tell apart are still in order.
    best.offer(logits[token] as number, () => ({ token, probability }));
  });
  return best.items();
}
