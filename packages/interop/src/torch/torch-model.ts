import type { TensorTree } from "@refrain/core";
import type { CharRnn, Gpt, LanguageModel } from "@refrain/models";
import type { Mapping } from "../contract.ts";
import { mapping, type Parts } from "../mapping.ts";
import { charRnnParts } from "./char-rnn-parts.ts";
import { gptParts } from "./gpt-parts.ts";

/**
 * The parameters of a whole model as those of a PyTorch module with these parts:
 *
 * - char-rnn: an Embedding `embedding`; an RNN, GRU or LSTM with the name of its kind, `rnn`, `gru` or `lstm`; a Linear `head`.
 * - gpt: an Embedding `token`; for learned positions an Embedding `position`; a TransformerEncoder `blocks` of layers that are
 *   norm_first, with a final norm; a Linear `head`, where it is tied without a bias. ALiBi's distances go into the mask, as numbers.
 *
 * Where weights are tied, head.weight is a copy of the embedding's, and a file that is loaded may lack it.
 *
 * @throws {Error} when PyTorch has no such module: an LSTM with peepholes, a gpt with rotary positions; `save` also for RMS norms, SwiGLU and
 * key/value heads fewer than heads.
 */
export function torchModel<P extends TensorTree>(model: LanguageModel<P>): Mapping<P> {
  const whole = model as LanguageModel;
  const parts: Parts<TensorTree> = whole.kind === "gpt" ? gptParts(whole as Gpt) : charRnnParts(whole as CharRnn);
  return mapping("torchModel", parts) as Mapping<P>;
}
