import { generator, key } from "@refrain/core";

/** Tokens of a vocabulary, drawn evenly, always the same. */
export function someTokens(count: number, vocabulary: number): Int32Array {
  const random = generator(key(1));
  return Int32Array.from({ length: count }, () => Math.floor(random() * vocabulary));
}
