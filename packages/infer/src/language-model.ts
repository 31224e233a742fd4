import type { Kernels } from "@refrain/kernels";
import type { LanguageModel } from "./contract.ts";
import type { ModelFile } from "./model-file.ts";
import type { Parameters } from "./parameters.ts";
import { tokenizerOf } from "./tokenizer-of.ts";
import { sessionsOf, type StateKeeper } from "./sessions.ts";

/** A keeper of states that begin with nothing read. */
export type LanguageKeeper<State> = StateKeeper<State> & { fresh(): State };

/** A language model over a keeper of its states. */
export function languageModel<State>(
  { heap }: Kernels,
  { kind, tokenizer: json, about }: ModelFile,
  params: Parameters,
  keeper: LanguageKeeper<State>,
  config: LanguageModel["config"],
): LanguageModel {
  const tokenizer = tokenizerOf(json, config.vocabulary);
  const sessions = params.own(sessionsOf(heap, keeper));
  return {
    kind: kind as LanguageModel["kind"],
    config,
    get tokenizer() {
      return tokenizer();
    },
    about,
    session(saved) {
      params.alive();
      return sessions.open(saved ? () => keeper.restore(saved) : keeper.fresh);
    },
    feedEach: sessions.feedEach,
    dispose: params.free,
  };
}
