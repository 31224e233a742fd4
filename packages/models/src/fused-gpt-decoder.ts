import { fusedTransformerDecoder, type TransformerModel, type TransformerPlace } from "@refrain/core";
import { alibiSlopes, rotaryTurn, sinusoidal } from "@refrain/attention";
import type { Decoder } from "./decoder.ts";
import type { Gpt, GptParams } from "./gpt.ts";
import { tokensInView } from "./tokens-in-view.ts";
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
  const alive = new Set<object>();
  return {
    read(tokens, place) {
      const added = tokensToRead(tokens, vocabulary),
        before = place as Place | undefined;
      if (before && !alive.has(before)) throw new Error("decoder: this place was released. Read on from one that is held.");
      const view = tokensInView(before?.tokens ?? [], added, context);
      const [first, ...rest] = view.anew ? (view.tokens as typeof added) : added;
      const last = rest.reduce(
        (reading, token) => {
          const next = made.read(token, reading.place);
          made.release(reading.place);
          return next;
        },
        made.read(first, view.anew ? undefined : before?.cached),
      );
      const next: Place = { tokens: view.tokens, cached: last.place };
      alive.add(next);
      return { place: next, logits: last.logits, hidden: last.hidden };
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
