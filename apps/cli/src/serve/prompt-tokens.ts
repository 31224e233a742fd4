import type { LanguageModel } from "@refrain/infer";
import { Refusal } from "./refusal.ts";

/** The line mark, which stands before the first line of a text, too. */
const LINE_END = "\n";
/** How many unknown characters are named. */
const NAMED = 10;

/**
 * What a model reads before it goes on with a prompt: the line mark, where it knows one, as in `refrain write`, and the prompt's own tokens, of
 * which there are `own`.
 *
 * @throws {Refusal} 400 when the model never saw some of it, or there is nothing to read.
 */
export function promptTokens(tokenizer: LanguageModel["tokenizer"], prompt: string): { readonly tokens: Int32Array; readonly own: number } {
  const missing = tokenizer.missing(prompt);
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED).map((piece) => `「${piece}」`);
    const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : "";
    throw new Refusal(400, `prompt must be of what the model saw in its corpus, but that had no ${named.join("")}${more}. Leave that out.`, {
      param: "prompt",
      code: "unknown_characters",
    });
  }
  const opening = tokenizer.missing(LINE_END).length === 0 ? tokenizer.encode(LINE_END) : [];
  const own = tokenizer.encode(prompt);
  if (opening.length + own.length === 0)
    throw new Refusal(400, "prompt must not be empty, as this model has no line mark to begin after. Give it a word.", { param: "prompt" });
  return { tokens: Int32Array.from([...opening, ...own]), own: own.length };
}
