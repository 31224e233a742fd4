import { key, useBackend } from "@refrain/core";
import { charTokenizer, type CharTokenizer, type WordTokenizer } from "@refrain/data";
import { charRnn, saveModel } from "@refrain/models";
import { mul } from "@tensorflow/tfjs-core";

type Choices = { readonly tokenizer?: CharTokenizer | WordTokenizer; readonly embedding?: number; readonly hidden?: number };

/** About as many characters as the embedded lyrics have: the line's end, and CJK ideographs, among them 夢. */
const CHARACTERS = ["\n", ...Array.from({ length: 3499 }, (_, i) => String.fromCodePoint(0x4e00 + i))];

/** By how much the output layer is surer than with fresh weights: so that what is drawn hangs on what was read. */
const SURER = 40;

/** The file of a two-layer LSTM, by default of 256 units. It was not trained, but its weights are seeded: it has the same bytes every time. */
export async function makeModel(
  weights: "f32" | "int8",
  { tokenizer = charTokenizer(CHARACTERS), embedding = 128, hidden = 256 }: Choices = {},
): Promise<Uint8Array<ArrayBuffer>> {
  await useBackend("simd");
  const model = charRnn({ cell: "lstm", vocabulary: tokenizer.size, embedding, hidden, layers: 2 });
  const params = model.init(key(1));
  if (!("head" in params) || !("weight" in params.head)) throw new Error("a char-rnn that is not tied has an output layer of its own");
  const head = { ...params.head, weight: mul(params.head.weight, SURER) };
  return saveModel({ model, params: { ...params, head } as typeof params, tokenizer: tokenizer.toJSON(), weights });
}
