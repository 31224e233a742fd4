import type { TensorTree } from "@refrain/core";
import { decoder, type DecoderOptions, type Reading } from "./decoder.ts";
import type { GenerateOptions } from "./generate.ts";
import type { LanguageModel } from "./language-model.ts";

/** What one of several texts begins with, how its tokens are picked, and how many are written. */
export type TextToWrite = Omit<GenerateOptions, keyof DecoderOptions>;

/** A text that is being written. */
type Stream = { readonly index: number; readonly text: number[]; readonly sampler: TextToWrite["sampler"]; left: number; reading: Reading };

/**
 * Several texts at once, a token of each in turn: [text, token]. A model's weights are read from memory once for a token of all of them: up
 * to half as many tokens again in the same time. Each text is what `generate` would have written. Stop taking tokens and all memory is given back.
 */
export function* generateEach<P extends TensorTree>(
  model: LanguageModel<P>,
  params: P,
  texts: readonly TextToWrite[],
  options: DecoderOptions = {},
): Generator<readonly [text: number, token: number], void, void> {
  const reader = decoder(model, params, options);
  try {
    let open = texts.map(({ prompt, sampler, length = Number.POSITIVE_INFINITY }, index): Stream => {
      const text = [...prompt];
      return { index, text, sampler, left: length, reading: reader.read(text) };
    });
    open = open.filter(({ left }) => left > 0);
    while (open.length > 0) {
      for (const stream of open) {
        const token = stream.sampler(stream.reading.logits, stream.text);
        stream.text.push(token);
        stream.left--;
        yield [stream.index, token];
      }
      const ended = (stream: Stream) => stream.left <= 0;
      for (const { reading } of open.filter(ended)) reader.release(reading.place);
      open = open.filter((stream) => !ended(stream));
      const readings = reader.readEach(open.map(({ text, reading }) => ({ token: text.at(-1) as number, place: reading.place })));
      open.forEach((stream, i) => {
        reader.release(stream.reading.place);
        stream.reading = readings[i] as Reading;
      });
    }
  } finally {
    reader.dispose();
  }
}
