import { recurrentStack } from "@refrain/kernels/nets";
import { checkTokens } from "../check-tokens.ts";
import type { Maker } from "../make-model.ts";
import { CELL_NAMES, kernelOf, recurrentLayers } from "../recurrent-layers.ts";
import { bothWays } from "../sequences/both-ways.ts";
import { tokenRows } from "../sequences/token-rows.ts";
import { settingsOf } from "../settings.ts";
import { withScratch } from "../with-scratch.ts";
import { attendingNet, type Encoded } from "./attending-net.ts";
import type { Translator } from "./contract.ts";
import { SIMILARITY_NAMES, similarityOf } from "./similarity.ts";
import { translatorConfig } from "./translator-config.ts";
import { translator } from "./translator.ts";

/** An encoder that reads the source both ways, and a decoder that looks at all of its outputs at each step. */
export const attendingSeq2seq: Maker<Translator> = (kernels, file, params) => {
  const { heap } = kernels;
  const settings = settingsOf("seq2seq", file.config);
  const { size, choice, flag } = settings;
  const config = translatorConfig(settings);
  const { sourceVocabulary, vocabulary } = config;
  const [width, hidden, layers, cell] = [size("embedding"), size("hidden"), size("layers", 1), choice("cell", CELL_NAMES)];
  const query = choice("query", ["new", "last"], "new"),
    inputFeeding = flag("inputFeeding", false);
  if (hidden % 2 !== 0) throw new Error(`this model file is damaged: the hidden of its seq2seq must be even, but is ${hidden}.`);
  const source = params.table("source.weight", sourceVocabulary, width);
  const encoder = bothWays(kernels, params, "encoder", { cell, input: width, hidden: hidden / 2, layers });
  const fed = (query === "last" ? hidden : 0) + (inputFeeding ? hidden : 0);
  const stack = params.own(recurrentStack(kernels, kernelOf(cell), recurrentLayers(params, "decoder.cell", cell, width + fed, hidden, layers)));
  const parts = {
    table: params.table("target.weight", vocabulary, width),
    ...{ width, stack, query, inputFeeding, memoryFeatures: hidden },
    similarity: similarityOf(kernels, params, "decoder.score", choice("similarity", SIMILARITY_NAMES, "general"), { queries: hidden, features: hidden }),
    combine: params.matrix("decoder.combine.weight", hidden, 2 * hidden),
    head: params.linear("head", vocabulary, hidden),
  };
  /** The decoder's layers start from the encoder's last states, both directions side by side. */
  const encode = (input: Iterable<number>): Encoded => {
    const tokens = checkTokens("session", input, sourceVocabulary),
      places = tokens.length,
      half = hidden / 2;
    return withScratch(heap, (lend) => {
      const { outputs, states } = encoder.read(lend, places, tokenRows(lend, source, width, tokens));
      const state = new Float32Array(stack.stateSize);
      states.forEach(({ forwards, backwards }, layer) => {
        for (let part = 0; part < encoder.parts; part++) {
          const at = (layer * encoder.parts + part) * hidden;
          state.set(heap.f32(forwards + 4 * part * half, half), at);
          state.set(heap.f32(backwards + 4 * part * half, half), at + half);
        }
      });
      return { places, values: heap.f32(outputs, places * hidden).slice(), state };
    });
  };
  return translator(kernels, file, params, config, params.own(attendingNet(kernels, parts, encode)));
};
