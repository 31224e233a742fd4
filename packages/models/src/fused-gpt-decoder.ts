import { type FusedTransformerDecoder, fusedTransformerDecoder, type TransformerModel, type TransformerPlace } from "@refrain/core";
import { alibiSlopes, rotaryTurn, sinusoidal } from "@refrain/attention";
import type { Decoder } from "./decoder.ts";
import type { Gpt, GptParams } from "./gpt.ts";
import { tokensToRead } from "./tokens-to-read.ts";

/** What was read: the tokens that the cache stands for, and the cache. */
type Place = { readonly tokens: readonly number[]; readonly cached: TransformerPlace };

/**
 * A decoder of a gpt straight on the kernels; undefined where the backend is not `simd`. When the context is full it forgets all but the
 * last half of it, and reads that anew.
 */
export function fusedGptDecoder({ config }: Gpt, params: GptParams): Decoder | undefined {
  const { vocabulary, context } = config;
  const made = fusedTransformerDecoder(modelOf(config, params));
  if (!made) return undefined;
  return {
    read(tokens, place) {
      let last: { place: Place; reading: ReturnType<FusedTransformerDecoder["read"]> } | undefined;
      for (const token of tokensToRead(tokens, vocabulary)) {
        const next = readOne(made, token, last?.place ?? (place as Place | undefined), context);
        if (last) made.release(last.place.cached);
        last = next;
      }
      const { place: at, reading } = last as NonNullable<typeof last>;
      return { place: at, logits: reading.logits, hidden: reading.hidden };
    },
    release: (place) => made.release((place as Place).cached),
    dispose: made.dispose,
  };
}

function readOne(made: FusedTransformerDecoder, token: number, before: Place | undefined, context: number) {
  if (!before || before.tokens.length < context) {
    const reading = made.read(token, before?.cached);
    return { reading, place: { tokens: [...(before?.tokens ?? []), token], cached: reading.place } };
  }
  const tokens = [...before.tokens, token].slice(-Math.max(1, Math.floor(context / 2)));
  let reading: ReturnType<FusedTransformerDecoder["read"]> | undefined;
  for (const one of tokens) {
    const next = made.read(one, reading?.place);
    if (reading) made.release(reading.place);
    reading = next;
  }
  const found = reading as NonNullable<typeof reading>;
  return { reading: found, place: { tokens, cached: found.place } };
}

/** The gpt in the kernels' terms. */
function modelOf(config: Gpt["config"], { embedding, positions, blocks, head }: GptParams): TransformerModel {
  const { context, features, heads, keyValueHeads, norm, activation } = config;
  return {
    ...{ context, heads, keyValueHeads, norm, activation },
    epsilon: 1e-5,
    embedding: embedding.weight,
    positions: config.positions === "sinusoidal" ? tableOf(context, features) : (positions?.weight.dataSync<"float32">() as Float32Array | undefined),
    turn: config.positions === "rotary" ? rotaryTurn(features / heads) : undefined,
    slopes: config.positions === "alibi" ? alibiSlopes(heads) : undefined,
    layers: blocks.layers,
    finalNorm: blocks.norm as TransformerModel["finalNorm"],
    head: head ?? embedding,
  };
}

function tableOf(context: number, features: number): Float32Array {
  const table = sinusoidal(context, features);
  const values = table.dataSync<"float32">().slice();
  table.dispose();
  return values;
}
