import { clone, squeeze, type Tensor, tensor2d, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { mapTree, type TensorTree } from "@refrain/core";
import { banned, beamSearch, type BeamOptions, type Hypothesis } from "@refrain/losses/sampling";
import { composedDecoder } from "./composed-decoder.ts";
import type { Writer } from "./writer.ts";

/** How a text is searched for, and when it ends. */
export type WriteOptions = Omit<BeamOptions, "prompt" | "beams" | "stop" | "count"> & {
  /** Hypotheses kept at each step; 1, the default, takes the likeliest token at each. */
  readonly beams?: number;
  /** Whether it shall be told where each token looked; not by default. */
  readonly weights?: boolean;
};

/** A text that was written, and how sure the model was of it. */
export type Written = {
  /** What was written, without the marks of its start and end. */
  readonly tokens: readonly number[];
  /** The sum of the tokens' log-probabilities, that of the end's mark among them, in nats. */
  readonly logProbability: number;
  /** Whether it came to its end, as against the greatest length. */
  readonly stopped: boolean;
  /** Where each token looked, [tokens][place], each row summing to 1; where it was asked for, of a model that looks at places. */
  readonly weights?: readonly (readonly number[])[];
};

/**
 * The likeliest text that beam search finds, after what was encoded: a state of one row, which stays the caller's. `length` counts the mark
 * of the end.
 */
export function write<P extends TensorTree, S extends TensorTree>(
  model: Pick<Writer<P, never, S>, "config" | "decode">,
  params: P,
  encoded: S,
  { beams = 1, weights: wanted = false, constraints = [], ...options }: WriteOptions,
): Written {
  const { vocabulary, start, end } = model.config;
  const reader = composedDecoder(
    {
      config: { vocabulary },
      apply(own: P, { tokens, state = encoded }) {
        const read = model.decode(own, { tokens, state: state as S });
        // Copies, which cost nothing: states have parts in common, and each is released by itself.
        return { ...read, state: mapTree(read.state, clone) };
      },
    },
    params,
  );
  const marks = start === end ? [] : [banned([start])];
  try {
    // Where there is none, the search has thrown.
    const [best] = beamSearch(reader, { ...options, prompt: [start], beams, stop: [end], constraints: [...marks, ...constraints] }) as [Hypothesis];
    const { logProbability, stopped } = best;
    const tokens = stopped ? best.tokens.slice(0, -1) : best.tokens;
    const weights = wanted ? weightsOf(model, params, encoded, tokens) : undefined;
    return { tokens, logProbability, stopped, ...(weights && { weights }) };
  } finally {
    reader.dispose();
  }
}

/** Where each token of a text looked: all of it is read again, at once. */
function weightsOf<P extends TensorTree, S extends TensorTree>(
  { config, decode }: Pick<Writer<P, never, S>, "config" | "decode">,
  params: P,
  state: S,
  text: readonly number[],
): number[][] | undefined {
  const found = tidy(() => {
    const read = [config.start, ...text].slice(0, Math.max(text.length, 1));
    const { weights } = decode(params, { tokens: tensor2d(read, [1, read.length], "int32"), state, weights: true });
    return weights && squeeze(weights as Tensor3D, [0]);
  }) as Tensor | undefined;
  const rows = (found?.arraySync() as number[][] | undefined)?.slice(0, text.length);
  found?.dispose();
  return rows;
}
