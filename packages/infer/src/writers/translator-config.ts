import type { Settings } from "../settings.ts";
import type { Translator } from "./contract.ts";

/** What every translator's config says, checked. */
export function translatorConfig({ size, token }: Settings): Translator["config"] {
  const vocabulary = size("vocabulary");
  return { sourceVocabulary: size("sourceVocabulary"), vocabulary, start: token("start", vocabulary), end: token("end", vocabulary) };
}
