import type { TensorTree } from "@refrain/core";
import { decoder, type DecoderOptions, type LanguageModel } from "@refrain/models";
import type { CharTokenizer } from "@refrain/data";

export type WriteOptions = {
  readonly model: LanguageModel;
  readonly params: TensorTree;
  /** How the decoder holds them; f32 by default. */
  readonly weights?: DecoderOptions["weights"];
  readonly tokenizer: CharTokenizer;
  readonly sampler: (logits: Float32Array, previous: readonly number[]) => number;
  /** What the first line starts with; the model knows all its characters. */
  readonly start: string;
  /** Lines to write, blank ones not counted. */
  readonly lines: number;
  /** Characters after which writing ends in any case. */
  readonly limit: number;
  /** How often a line that was written before is thrown away and drawn anew. */
  readonly redraws: number;
};

/** Drafts of a repeated line before another opening is forced. */
const FREE_DRAFTS = 3;

/** The line mark, which also stands before the first line. */
const LINE_END = "\n";

/**
 * Writes lines, piece by piece as they are certain. A line that is so far the beginning of one written before is held back until
 * it differs; if it ends as that line, it is drawn anew from its beginning, so that no line comes twice, nor two blank ones in a row.
 * Should the model insist, it must open the line otherwise.
 *
 * @returns whether all lines were written before the limit.
 */
export function* writeLines({ model, params, weights, tokenizer, sampler, start, lines, limit, redraws }: WriteOptions): Generator<string, boolean> {
  const reader = decoder(model, params, { weights });
  const written: string[] = [];
  const repeats = (line: string) => (line === LINE_END ? written.at(-1) === LINE_END : written.some((other) => other.startsWith(line)));
  const complete = () => written.filter((line) => line !== LINE_END && line.endsWith(LINE_END)).length >= lines;
  let left = limit;
  /** Tokens that may not open the line: each has opened a repeated one. */
  let avoided: number[] = [];
  try {
    const text = [...tokenizer.encode(LINE_END + start)];
    let lineStart = reader.read(text);
    let beginning = start;
    yield start;
    for (let drafts = 0; !complete() && left > 0; ) {
      const begun = text.length;
      let line = beginning,
        held = "",
        current = lineStart,
        room = left,
        opening: number | undefined;
      for (; !line.endsWith(LINE_END) && room > 0; room--) {
        const logits = current.logits.slice();
        if (current === lineStart) for (const token of avoided) logits[token] = Number.NEGATIVE_INFINITY;
        const token = sampler(logits, text);
        text.push(token);
        opening ??= token;
        const next = reader.read([token], current.place);
        if (current !== lineStart) reader.release(current.place);
        current = next;
        const character = tokenizer.decode([token]);
        line += character;
        held += character;
        if (!repeats(line)) {
          yield held;
          held = "";
        }
      }
      if (held !== "" && drafts++ < redraws) {
        // Some openings must be left, whatever else rules tokens out.
        if (drafts > FREE_DRAFTS && avoided.length < tokenizer.size / 2) avoided.push(opening as number);
        text.length = begun;
        reader.release(current.place);
        continue;
      }
      yield held;
      left = room;
      written.push(line);
      if (current !== lineStart) reader.release(lineStart.place);
      lineStart = current;
      beginning = "";
      drafts = 0;
      avoided = [];
    }
    return complete();
  } finally {
    reader.dispose();
  }
}
