import { sinusoids, transformerStack } from "@refrain/kernels/nets";
import { blockLayers, type BlockSizes } from "../block-weights.ts";
import { checkHeads } from "../check-heads.ts";
import { checkTokens } from "../check-tokens.ts";
import { normAt } from "../norm-at.ts";
import type { Maker } from "../make-model.ts";
import { tokenRows } from "../sequences/token-rows.ts";
import { settingsOf } from "../settings.ts";
import { withScratch } from "../with-scratch.ts";
import type { Translator } from "./contract.ts";
import { transformerNet } from "./transformer-net.ts";
import { translatorConfig } from "./translator-config.ts";
import { translator } from "./translator.ts";

const EPSILON = 1e-5;

/** The Transformer, encoder and decoder, with sinusoidal positions. */
export const transformerSeq2seq: Maker<Translator> = (kernels, file, params) => {
  const { heap } = kernels;
  const settings = settingsOf("seq2seq", file.config);
  const { size, choice } = settings;
  const config = translatorConfig(settings);
  const { sourceVocabulary, vocabulary } = config;
  const [features, heads, count] = [size("features"), size("heads"), size("layers")];
  const order = choice("order", ["pre", "post"], "pre");
  checkHeads("seq2seq", { features, heads, keyValueHeads: heads });
  if (features % 2 !== 0) throw new Error(`this model file is damaged: the features of its seq2seq must be even, but are ${features}.`);
  const sizes: BlockSizes = {
    features,
    heads,
    keyValueHeads: heads,
    inner: size("hidden", 4 * features),
    norm: "layer",
    turned: false,
    activation: choice("activation", ["relu", "gelu", "gelu-tanh", "swiglu"], "relu"),
  };
  const stackOf = (path: string, writes: boolean) => {
    const layers = blockLayers(kernels, params, `${path}.layers`, count, sizes, writes);
    const finalNorm = order === "pre" ? normAt(params, `${path}.norm`, features, "layer") : undefined;
    return { layers, stack: params.own(transformerStack(kernels, { ...sizes, epsilon: EPSILON, order, causal: writes }, layers, finalNorm)) };
  };
  const source = params.table("source.weight", sourceVocabulary, features);
  const encoder = stackOf("encoder", false).stack;
  const table = params.table("target.weight", vocabulary, features);
  const decoder = stackOf("decoder", true);

  const encode = (input: Iterable<number>): Float32Array => {
    const tokens = checkTokens("session", input, sourceVocabulary),
      places = tokens.length;
    return withScratch(heap, (lend) => {
      const x = tokenRows(lend, source, features, tokens);
      const own = heap.f32(x, places * features);
      sinusoids(places, features).forEach((value, i) => {
        own[i] = (own[i] as number) + value;
      });
      const rows = lend(places * encoder.width);
      const read = encoder.advance([{ before: 0, rows: () => rows }], places, x);
      return heap.f32(read, places * features).slice();
    });
  };
  const head = params.linear("head", vocabulary, features);
  return translator(kernels, file, params, config, params.own(transformerNet(kernels, { table, features, heads, ...decoder, head }, encode)));
};
