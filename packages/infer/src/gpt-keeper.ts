import type { Kernels } from "@refrain/kernels";
import { growingBuffers, type Linear, tokensInView, type TransformerStack } from "@refrain/kernels/nets";
import type { Table } from "./parameters.ts";
import { type RowCache, rowCache } from "./row-cache.ts";
import type { LanguageKeeper } from "./language-model.ts";

type GptNet = {
  readonly stack: TransformerStack;
  readonly layers: number;
  readonly context: number;
  readonly features: number;
  readonly table: Table;
  /** Adds what tells a place to a token's features. */
  readonly locate?: ((features: Float32Array, place: number) => void) | undefined;
  readonly head: Linear;
};

/** The tokens in view, and their keys and values. */
export type GptState = { tokens: number[]; readonly cache: RowCache };

/** The states of a causal Transformer that reads tokens and foretells them. When its context is full, it forgets all but the last half, and reads that anew. */
export function gptKeeper(
  { heap }: Kernels,
  { stack, layers, context, features, table, locate, head }: GptNet,
): LanguageKeeper<GptState> & { dispose(): void } {
  const { outputs: vocabulary } = head.matrix;
  const { width } = stack;
  const room = growingBuffers(heap, (rows) => ({ x: rows * features }));

  /** Reads as many tokens of each text, which there is room for, text by text. */
  const read = (states: readonly GptState[], tokens: readonly number[]) => {
    const { x } = room.for(tokens.length);
    const count = tokens.length / states.length;
    const places = states.map(({ cache }, text) => {
      const before = cache.length;
      for (let i = 0; i < count; i++) {
        const at = x + 4 * (text * count + i) * features;
        table.copy(tokens[text * count + i] as number, at);
        locate?.(heap.f32(at, features), before + i);
      }
      cache.grow(count);
      return { before, rows: cache.rows };
    });
    return stack.advance(places, count, x);
  };
  /** Puts a token into view; where that makes it forget, reads those before it anew. */
  const view = (state: GptState, token: number) => {
    if (state.tokens.length < context) return void state.tokens.push(token);
    state.tokens = tokensInView(state.tokens, [token], context).tokens;
    state.cache.clear();
    if (state.tokens.length > 1) read([state], state.tokens.slice(0, -1));
  };

  return {
    head,
    fresh: () => ({ tokens: [], cache: rowCache(heap, layers, width, context) }),
    copy: ({ tokens, cache }) => ({ tokens: [...tokens], cache: cache.copy() }),
    free: ({ cache }) => cache.free(),
    /** The number of tokens, the tokens, then each layer's keys and values. */
    save({ tokens, cache }) {
      const saved = cache.save();
      const all = new Float32Array(1 + tokens.length + saved.length);
      all.set([tokens.length, ...tokens]);
      all.set(saved, 1 + tokens.length);
      return all;
    },
    restore(saved) {
      const count = saved[0] ?? Number.NaN;
      const tokens = Number.isInteger(count) && count >= 0 && count <= context ? [...saved.subarray(1, 1 + count)] : undefined;
      if (!tokens || saved.length !== 1 + count * (1 + layers * width) || tokens.some((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary))
        throw new Error(`these ${saved.length} numbers are no state of this model, of ${context} tokens at most. Save it anew.`);
      return { tokens, cache: rowCache(heap, layers, width, context, saved.subarray(1 + count)) };
    },
    advance(states, tokens) {
      states.forEach((state, text) => view(state, tokens[text] as number));
      return read(states, tokens);
    },
    dispose: room.free,
  };
}
