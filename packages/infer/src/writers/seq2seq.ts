import type { Maker } from "../make-model.ts";
import { settingsOf } from "../settings.ts";
import { attendingSeq2seq } from "./attending-seq2seq.ts";
import { contextSeq2seq } from "./context-seq2seq.ts";
import type { Translator } from "./contract.ts";
import { transformerSeq2seq } from "./transformer-seq2seq.ts";

/** A model from sequences to sequences: a plain encoder and decoder, one that attends, or a Transformer. */
export const seq2seq: Maker<Translator> = (kernels, file, params) => {
  const make = { context: contextSeq2seq, attending: attendingSeq2seq, transformer: transformerSeq2seq };
  return make[settingsOf("seq2seq", file.config).choice("kind", ["context", "attending", "transformer"])](kernels, file, params);
};
