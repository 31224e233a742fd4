import { key, useBackend } from "@refrain/core";
import { charTokenizer } from "@refrain/data";
import { charRnn, saveModel } from "@refrain/models";
import { mul } from "@tensorflow/tfjs-core";

/** Characters of the vocabulary, about as many as the embedded lyrics have: the line's end, and CJK ideographs, among which is 夢. */
const CHARACTERS = ["\n", "夢", ...Array.from({ length: 3500 }, (_, i) => String.fromCodePoint(0x4e00 + i))];

/** By how much the output layer is more certain than fresh weights are: so that what is drawn hangs on what was read. */
const CERTAINTY = 40;

/** The file of a two-layer LSTM of 256 units, not trained but with seeded weights: the same bytes every time. */
export async function makeModel(weights: "f32" | "int8"): Promise<Uint8Array<ArrayBuffer>> {
  await useBackend("simd");
  const tokenizer = charTokenizer([...new Set(CHARACTERS)]);
  const model = charRnn({ cell: "lstm", vocabulary: tokenizer.size, embedding: 128, hidden: 256, layers: 2 });
  const params = model.init(key(1));
  return saveModel({ model, params: { ...params, head: { ...params.head, weight: mul(params.head.weight, CERTAINTY) } }, tokenizer: tokenizer.toJSON(), weights });
}
