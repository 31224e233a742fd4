// Trains a tagger on sentences of "word/TAG word/TAG …", a sentence a line, and counts how many tags of others it gets right:
//   node examples/part-of-speech.mjs TRAIN TEST [--softmax] [--min-count 1] [--epochs 5] [--seed 1] [--save FILE]
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { foldIn, key, useBackend } from "@refrain/core";
import { PADDING, paddedBatches, padRows, readTagged, wordTokenizer, wordVocabulary } from "@refrain/data";
import { saveModel, tag, tagger, taggerObjective } from "@refrain/models";
import { adamw, cosine, train } from "@refrain/train";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    softmax: { type: "boolean", default: false },
    // Words that come more seldom are read as the unknown word, which is learnt that way.
    "min-count": { type: "string", default: "1" },
    epochs: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
    save: { type: "string" },
  },
});
if (positionals.length !== 2) throw new Error("name a file to train on and one to test on: node examples/part-of-speech.mjs TRAIN TEST");
const [sentences, others] = positionals.map((file) => readTagged(readFileSync(file, "utf8")));
const seed = Number(values.seed),
  batch = 32;
await useBackend("simd");

const tokenizer = wordTokenizer(
  wordVocabulary(
    sentences.flatMap(({ words }) => words),
    { minCount: Number(values["min-count"]) },
  ),
);
const labels = [...new Set(sentences.flatMap(({ tags }) => tags))].toSorted();
const sizes = { vocabulary: tokenizer.size, embedding: 96, hidden: 96, layers: 2, tags: labels.length };
const model = tagger({ ...sizes, cell: "lstm", crf: !values.softmax, dropout: 0.4 });

const tokens = sentences.map(({ words }) => tokenizer.encodeWords(words));
const tags = sentences.map((sentence) => sentence.tags.map((name) => labels.indexOf(name)));
const paddedAt = paddedBatches(tokens, { batch, seed });

let params;
for await (const event of train({
  params: model.init(key(seed)),
  optimizer: adamw(),
  objective: taggerObjective(model),
  batches(step) {
    const rows = paddedAt(step);
    const answers = rows.indices.map((i) => tags[i]);
    return { ...rows, tags: padRows(answers, PADDING).tokens };
  },
  schedule: cosine(0.005),
  budget: { steps: Number(values.epochs) * Math.ceil(tokens.length / batch) },
  clip: 1,
  key: foldIn(key(seed), 1),
})) {
  if (event.event === "report") console.log(`step ${event.to}: ${(100 * event.accuracy).toFixed(1)} % of the tags it trains on`);
  if (event.event === "end") {
    params = event.snapshot.params;
    console.log(`trained for ${event.snapshot.progress.seconds.toFixed(0)} s`);
  }
}

let right = 0,
  all = 0;
for (const { words, tags: expected } of others) {
  const [found] = tag(model, params, padRows([tokenizer.encodeWords(words)]));
  right += expected.filter((name, i) => name === labels[found[i]]).length;
  all += expected.length;
}
console.log(`${((100 * right) / all).toFixed(2)} % of ${all} tags in ${others.length} other sentences`);
if (values.save) writeFileSync(values.save, saveModel({ model, params, tokenizer: tokenizer.toJSON(), labels }));
