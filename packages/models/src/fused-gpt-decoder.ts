import { type DecoderWeights, fusedTransformerDecoder, type TransformerModel, type TransformerPlace, type TransformerReading } from "@refrain/core";
import { alibiSlopes, rotaryTurn, sinusoids, tokensInView } from "@refrain/kernels/nets";
import type { Decoder, Reading } from "./decoder.ts";
import type { Gpt, GptParams } from "./gpt.ts";
import { tokensToRead } from "./tokens-to-read.ts";

/** What was read: the tokens that the cache stands for, and the cache. */
type Place = { readonly tokens: readonly number[]; readonly cached: TransformerPlace };

/**
 * A decoder of a gpt straight on the kernels; undefined where the backend is not `simd`. When the context is full it forgets all but the
 * last half of it, and reads that anew.
 */
export function fusedGptDecoder({ config }: Gpt, params: GptParams, weights?: DecoderWeights): Decoder | undefined {
  const { vocabulary, context } = config;
  const made = fusedTransformerDecoder(modelOf(config, params), weights);
  if (!made) return undefined;
  const alive = new Set<object>();
  const readingOf = (tokens: readonly number[], { place: cached, logits, hidden }: TransformerReading): Reading => {
    const place: Place = { tokens, cached };
    alive.add(place);
    return { place, logits, hidden };
  };
  /** The tokens in view after these, and those that are still to be read, after what is cached or anew. */
  const viewOf = (given: Iterable<number>, place: object | undefined) => {
    const added = tokensToRead(given, vocabulary),
      before = place as Place | undefined;
    if (before && !alive.has(before)) throw new Error("decoder: this place was released. Read on from one that is held.");
    const { anew, tokens } = tokensInView(before?.tokens ?? [], added, context);
    return { tokens, read: anew ? tokens : added, cached: anew ? undefined : before?.cached };
  };
  const read: Decoder["read"] = (given, place, into) => {
    const view = viewOf(given, place);
    return readingOf(view.tokens, made.read(view.read, view.cached, into));
  };
  return {
    read,
    readEach(steps) {
      const views = steps.map(({ token, place }) => viewOf([token], place));
      // Where one has to read anew, it reads more than a token.
      if (views.some((view) => view.read.length > 1)) return steps.map(({ token, place }) => read([token], place));
      const readings = made.readEach(views.map((view) => ({ token: view.read[0] as number, place: view.cached })));
      return readings.map((reading, text) => readingOf((views[text] as (typeof views)[number]).tokens, reading));
    },
    release(place) {
      if (alive.delete(place)) made.release((place as Place).cached);
    },
    dispose() {
      alive.clear();
      made.dispose();
    },
  };
}

/** The gpt in the kernels' terms. */
function modelOf(config: Gpt["config"], { embedding, positions, blocks, head }: GptParams): TransformerModel {
  const { context, features, heads, keyValueHeads, norm, activation } = config;
  return {
    ...{ context, heads, keyValueHeads, norm, activation },
    epsilon: 1e-5,
    embedding: embedding.weight,
    positions: config.positions === "sinusoidal" ? sinusoids(context, features) : (positions?.weight.dataSync<"float32">() as Float32Array | undefined),
    turn: config.positions === "rotary" ? rotaryTurn(features / heads) : undefined,
    slopes: config.positions === "alibi" ? alibiSlopes(heads) : undefined,
    layers: blocks.layers,
    finalNorm: blocks.norm as TransformerModel["finalNorm"],
    head: head ?? embedding,
  };
}
