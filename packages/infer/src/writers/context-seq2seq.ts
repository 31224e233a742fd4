import { recurrentStack } from "@refrain/kernels/nets";
import { checkTokens } from "../check-tokens.ts";
import type { Maker } from "../make-model.ts";
import { CELL_NAMES, kernelOf, recurrentLayers } from "../recurrent-layers.ts";
import { recurrentKeeper } from "../recurrent-keeper.ts";
import { settingsOf } from "../settings.ts";
import { withScratch } from "../with-scratch.ts";
import type { Translator } from "./contract.ts";
import { translatorConfig } from "./translator-config.ts";
import { translator } from "./translator.ts";

/** One net reads the source, and another goes on from its last state. It looks at nothing. */
export const contextSeq2seq: Maker<Translator> = (kernels, file, params) => {
  const { heap } = kernels;
  const settings = settingsOf("seq2seq", file.config);
  const config = translatorConfig(settings);
  const { sourceVocabulary, vocabulary } = config;
  const [width, hidden, layers, cell] = [settings.size("embedding"), settings.size("hidden"), settings.size("layers", 1), settings.choice("cell", CELL_NAMES)];
  const net = (path: string) => params.own(recurrentStack(kernels, kernelOf(cell), recurrentLayers(params, path, cell, width, hidden, layers)));
  const source = params.table("source.weight", sourceVocabulary, width);
  const encoder = net("encoder");
  const table = params.table("target.weight", vocabulary, width);
  const stack = net("decoder");
  const head = params.linear("head", vocabulary, hidden);
  const keeper = params.own(recurrentKeeper(kernels, { stack, table, width, head }));
  return translator(kernels, file, params, config, {
    ...keeper,
    begin(input: Iterable<number>) {
      const tokens = checkTokens("session", input, sourceVocabulary);
      const state = keeper.fresh();
      withScratch(heap, (lend) => {
        const x = lend(width);
        for (const token of tokens) {
          source.copy(token, x);
          encoder.advance(x, [state]);
        }
      });
      return state;
    },
    looked: () => undefined,
  });
};
