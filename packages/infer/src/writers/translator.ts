import type { Kernels } from "@refrain/kernels";
import type { ModelFile } from "../model-file.ts";
import type { Parameters } from "../parameters.ts";
import { type AnyTokenizer, tokenizerOf } from "../tokenizer-of.ts";
import type { Tokenizers, Translator } from "./contract.ts";
import { type WriterNet, writerSessions } from "./writer-sessions.ts";

/** A translator over its net. */
export function translator<State>(
  kernels: Kernels,
  { tokenizer, about }: ModelFile,
  params: Parameters,
  config: Translator["config"],
  net: WriterNet<Iterable<number>, State>,
): Translator {
  // One for both sides, or one for each.
  const { source = tokenizer, target = tokenizer } = (tokenizer ?? {}) as { readonly source?: unknown; readonly target?: unknown };
  const [ofSource, ofTarget] = [tokenizerOf(source, config.sourceVocabulary), tokenizerOf(target, config.vocabulary)];
  const tokenizers: Tokenizers = {
    get source(): AnyTokenizer {
      return ofSource();
    },
    get target(): AnyTokenizer {
      return ofTarget();
    },
  };
  return { kind: "seq2seq", config, tokenizers, about, ...writerSessions(kernels, params, net) };
}
