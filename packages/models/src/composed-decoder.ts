import { reshape, slice, type Tensor, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree, type TensorTree } from "@refrain/core";
import { tokensInView } from "@refrain/kernels/nets";
import type { Decoder, Place } from "./decoder.ts";
import type { LanguageModel, LanguageOutput } from "./language-model.ts";
import { tokensToRead } from "./tokens-to-read.ts";

/** What was read: the tokens in view, the state that stands for them, and the last token's hidden features. */
type Read = { readonly tokens: readonly number[]; readonly state: TensorTree; readonly hidden: Tensor };

/**
 * A decoder of any language model, by the model's own operations. A model that sees so many tokens at once forgets, when it is full,
 * all but the last half of them, and reads those anew.
 */
export function composedDecoder<P extends TensorTree>(model: Pick<LanguageModel<P>, "config" | "apply">, params: P): Decoder {
  const { vocabulary, context } = model.config;
  const alive = new Map<Place, Read>();
  const forget = (place: Place) => {
    const read = alive.get(place);
    if (alive.delete(place)) disposeTree([(read as Read).state, (read as Read).hidden]);
  };
  const read: Decoder["read"] = (tokens, place, into = new Float32Array(vocabulary)) => {
    if (into.length !== vocabulary)
      throw new RangeError(`decoder: the logits are of ${vocabulary} tokens, but the array to write them into has ${into.length} places.`);
    const added = tokensToRead(tokens, vocabulary);
    const before = place && alive.get(place);
    if (place && !before) throw new Error("decoder: this place was released. Read on from one that is held.");
    const view = tokensInView(before?.tokens ?? [], added, context);
    const given = view.anew ? view.tokens : added;
    const { logits, hidden, state } = tidy(() => {
      const input = tensor2d(given, [1, given.length], "int32");
      const out: LanguageOutput = model.apply(params, { tokens: input, ...(before && !view.anew && { state: before.state }) });
      const last = (x: Tensor) => slice(reshape(x, [given.length, -1]), [given.length - 1, 0], [1, -1]);
      // Nested tensors, which tidy's types do not know as such.
      return { logits: last(out.logits), hidden: last(out.hidden), state: out.state } as never;
    }) as Read & { logits: Tensor };
    into.set(logits.dataSync<"float32">());
    logits.dispose();
    const next: Place = {};
    alive.set(next, { tokens: view.tokens, state, hidden });
    let copied: Float32Array | undefined;
    return {
      place: next,
      logits: into,
      get hidden() {
        if (!copied && !alive.has(next)) throw new Error("decoder: this place was released. Take its hidden state before.");
        copied ??= hidden.dataSync<"float32">().slice();
        return copied;
      },
    };
  };
  return {
    read,
    readEach: (steps) => steps.map(({ token, place }) => read([token], place)),
    release: forget,
    dispose: () => [...alive.keys()].forEach(forget),
  };
}
