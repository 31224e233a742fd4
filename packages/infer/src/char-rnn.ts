import { type Linear, recurrentStack } from "@refrain/kernels/nets";
import { CELL_NAMES, kernelOf, recurrentLayers } from "./recurrent-layers.ts";
import { languageModel } from "./language-model.ts";
import type { Maker } from "./make-model.ts";
import type { LanguageModel } from "./contract.ts";
import { recurrentKeeper } from "./recurrent-keeper.ts";
import { settingsOf } from "./settings.ts";

/** The char-RNN: embedding, a stack of recurrent layers, and an output layer, which may share the embedding's weights. */
export const charRnn: Maker<LanguageModel> = (kernels, file, params) => {
  const { size, choice, flag } = settingsOf("char-rnn", file.config);
  const [vocabulary, width, hidden] = [size("vocabulary"), size("embedding"), size("hidden")];
  const cell = choice("cell", CELL_NAMES);
  const table = params.table("embedding.weight", vocabulary, width);
  const stack = params.own(recurrentStack(kernels, kernelOf(cell), recurrentLayers(params, "cells", cell, width, hidden, size("layers"))));
  const head: Linear = flag("tied", false)
    ? { matrix: params.matrix("embedding.weight", vocabulary, hidden), bias: params.vector("head.bias", vocabulary) }
    : params.linear("head", vocabulary, hidden);
  const keeper = params.own(recurrentKeeper(kernels, { stack, table, width, head }));
  return languageModel(kernels, file, params, keeper, { vocabulary });
};
