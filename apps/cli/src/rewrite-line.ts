import type { CharTokenizer } from "@refrain/data";

/** Teacher forcing: for each character of a line, the one that the model expected there, having read all before it. */
export function rewriteLine(line: string, tokenizer: CharTokenizer, rewrite: (tokens: Int32Array) => Int32Array): string {
  // The line mark before the line foretells its first character.
  const read = tokenizer.encode(`\n${line}`);
  // A line break in the middle of a rewriting would tear it apart.
  return tokenizer.decode(rewrite(read.subarray(0, read.length - 1))).replaceAll("\n", "⏎");
}
