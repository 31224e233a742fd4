import type { TensorTree } from "@refrain/core";
import type { CharTokenizer } from "@refrain/data";
import { type ContrastiveOptions, contrastiveSearch } from "@refrain/losses/sampling";
import { decoder, type DecoderOptions, type LanguageModel } from "@refrain/models";
import { noBlankLine } from "./no-blank-line.ts";

export type WriteContrastiveOptions = {
  readonly model: LanguageModel;
  readonly params: TensorTree;
  /** How the decoder holds them; f32 by default. */
  readonly weights?: DecoderOptions["weights"];
  readonly tokenizer: CharTokenizer;
  readonly search: Pick<ContrastiveOptions, "k" | "alpha" | "filters">;
  readonly start: string;
  readonly lines: number;
  /** Characters after which writing ends in any case. */
  readonly limit: number;
};

/**
 * Writes lines by contrastive search, character by character. No line is blank.
 *
 * @returns whether all lines were written before the limit.
 */
export function* writeContrastive({ model, params, weights, tokenizer, search, start, lines, limit }: WriteContrastiveOptions): Generator<string, boolean> {
  const [lineBreak] = tokenizer.encode("\n") as unknown as [number];
  const filters = [noBlankLine(lineBreak), ...(search.filters ?? [])];
  const reader = decoder(model, params, { weights });
  try {
    yield start;
    let complete = 0;
    for (const token of contrastiveSearch(reader, { ...search, filters, prompt: tokenizer.encode(`\n${start}`), length: limit })) {
      yield tokenizer.decode([token]);
      if (token === lineBreak && ++complete === lines) return true;
    }
    return false;
  } finally {
    reader.dispose();
  }
}
