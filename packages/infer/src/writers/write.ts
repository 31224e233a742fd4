import { banned, beamSearch, type BeamOptions, type Hypothesis } from "@refrain/sampling";
import { readerOf } from "../reader-of.ts";
import type { WriterConfig, WriterSession, WriterSessions } from "./contract.ts";

/** How a text is searched for, and when it ends. */
export type WriteOptions = Omit<BeamOptions, "prompt" | "beams" | "stop" | "count"> & {
  /** Hypotheses kept at each step; 1, the default, takes the likeliest token at each. */
  readonly beams?: number;
  /** Whether it shall be told where each token looked; not by default. */
  readonly weights?: boolean;
};

/** What a writer wrote. */
export type Written = {
  /** Without the marks of the start and the end. */
  readonly tokens: readonly number[];
  /** The sum of the tokens' log-probabilities, that of the end's mark among them, in nats. */
  readonly logProbability: number;
  /** Whether it came to its end, as against the greatest length. */
  readonly stopped: boolean;
  /** Where each token looked, [tokens][places], each row summing to 1; where it was asked for, of a model that looks at places. */
  readonly weights?: readonly Float32Array[];
};

/**
 * The likeliest text that beam search finds for an input: a translation, a caption. `length` counts the mark of the end.
 *
 * @throws as the model's `session` and `beamSearch` do.
 */
export function write<Input>(
  model: WriterSessions<Input> & { readonly config: WriterConfig },
  input: Input,
  { beams = 1, weights: wanted = false, constraints = [], ...options }: WriteOptions,
): Written {
  const { start, end } = model.config;
  const session = model.session(input);
  const marks = start === end ? [] : [banned([start])];
  try {
    // Where there is none, the search has thrown.
    const [best] = beamSearch(readerOf(session), { ...options, prompt: [start], beams, stop: [end], constraints: [...marks, ...constraints] }) as [Hypothesis];
    const { logProbability, stopped } = best;
    const tokens = stopped ? best.tokens.slice(0, -1) : best.tokens;
    const weights = wanted ? weightsOf(session, [start, ...tokens]) : undefined;
    return { tokens, logProbability, stopped, ...(weights && { weights }) };
  } finally {
    session.dispose();
  }
}

/** Where each token after the first looked; undefined of a model that does not look. */
function weightsOf(session: WriterSession, text: readonly number[]): Float32Array[] | undefined {
  const rows: Float32Array[] = [];
  for (const token of text) {
    session.feed(token);
    const looked = session.looked();
    if (!looked) return undefined;
    rows.push(looked);
  }
  return rows.slice(0, -1);
}
