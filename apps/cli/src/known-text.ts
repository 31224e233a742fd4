import type { CharTokenizer } from "@refrain/data";

/** A text without the characters that a model never saw, and a sentence that names them, or none. */
export function knownText(tokenizer: CharTokenizer, text: string): { readonly known: string; readonly warning?: string } {
  const missing = tokenizer.missing(text);
  if (missing.length === 0) return { known: text };
  const known = [...text.normalize("NFC")].filter((character) => !missing.includes(character)).join("");
  const rest = known === "" ? "Starting without a text" : `Going on with ${JSON.stringify(known)}`;
  return { known, warning: `the model never saw ${missing.map((character) => `「${character}」`).join("")} in its corpus. ${rest}.` };
}
