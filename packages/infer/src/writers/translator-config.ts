import type { Settings } from "../settings.ts";
import { markOf } from "./mark-of.ts";
import type { Translator } from "./contract.ts";

/** What every translator's config says, checked. */
export function translatorConfig(settings: Settings): Translator["config"] {
  const vocabulary = settings.size("vocabulary");
  return {
    sourceVocabulary: settings.size("sourceVocabulary"),
    vocabulary,
    start: markOf(settings, "start", vocabulary),
    end: markOf(settings, "end", vocabulary),
  };
}
