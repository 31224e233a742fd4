import { type CharTokenizer, restoreTokenizer, type WordTokenizer } from "@refrain/data";

/** A tokenizer of `@refrain/data`. */
export type AnyTokenizer = CharTokenizer | WordTokenizer;

/**
 * The tokenizer that a file holds. One of another making than this family's, which the model can do without, throws when it is asked for.
 *
 * @throws {Error} when it is damaged, or has more tokens than the model knows.
 */
export function tokenizerOf(json: unknown, vocabulary: number): () => AnyTokenizer {
  const kind = (json as { readonly kind?: unknown } | null)?.kind;
  if (kind !== "char" && kind !== "word")
    return () => {
      throw new Error("this model was saved with a tokenizer that is none of @refrain/data's: encode and decode with its own.");
    };
  const damaged = (problem: string, cause?: unknown) => new Error(`this model file is damaged: its tokenizer ${problem}.`, { cause });
  let tokenizer: AnyTokenizer;
  try {
    tokenizer = restoreTokenizer(json);
  } catch (cause) {
    throw damaged(`cannot be restored (${(cause as Error).message})`, cause);
  }
  if (tokenizer.size > vocabulary) throw damaged(`has ${tokenizer.size} tokens, but its model knows ${vocabulary}`);
  return () => tokenizer;
}
