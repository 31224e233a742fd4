import type { TensorTree } from "@refrain/core";
import type { CharTokenizer } from "@refrain/data";
import { type BeamOptions, beamSearch } from "@refrain/losses/sampling";
import { decoder, type DecoderOptions, type LanguageModel } from "@refrain/models";
import { noBlankLine } from "./no-blank-line.ts";

export type WriteBeamsOptions = {
  readonly model: LanguageModel;
  readonly params: TensorTree;
  /** How the decoder holds them; f32 by default. */
  readonly weights?: DecoderOptions["weights"];
  readonly tokenizer: CharTokenizer;
  /** How to search; a line break ends each search. */
  readonly search: Pick<BeamOptions, "beams" | "lengthPenalty" | "groups" | "diversity" | "filters" | "constraints">;
  readonly start: string;
  readonly lines: number;
  /** Characters after which writing ends in any case. */
  readonly limit: number;
};

/**
 * Writes lines, each the likeliest that beam search finds after those before it. Of the lines found, the best that was not written
 * before is taken; where all of them were, the best of all. No line is blank.
 *
 * @returns whether all lines were written before the limit.
 */
export function* writeBeams({ model, params, weights, tokenizer, search, start, lines, limit }: WriteBeamsOptions): Generator<string, boolean> {
  const [lineBreak] = tokenizer.encode("\n") as unknown as [number];
  const constraints = [noBlankLine(lineBreak), ...(search.constraints ?? [])];
  const reader = decoder(model, params, { weights });
  const text = [...tokenizer.encode(`\n${start}`)];
  const written = new Set<string>();
  try {
    yield start;
    let left = limit;
    for (let line = 0; line < lines; line++) {
      if (left === 0) return false;
      const found = beamSearch(reader, { ...search, constraints, prompt: text, length: left, stop: [lineBreak], count: search.beams });
      const texts = found.map(({ tokens }) => tokenizer.decode(tokens));
      const whole = (ending: string) => (line === 0 ? start : "") + ending;
      const chosen = Math.max(
        0,
        texts.findIndex((ending) => !written.has(whole(ending))),
      );
      const ending = texts[chosen] as string;
      yield ending;
      written.add(whole(ending));
      const { tokens } = found[chosen] as (typeof found)[number];
      text.push(...tokens);
      left -= tokens.length;
      if (!ending.endsWith("\n")) return false;
    }
    return true;
  } finally {
    reader.dispose();
  }
}
