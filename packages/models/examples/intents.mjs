// Trains a classifier on utterances and what they want, and counts how many others it understands. Files are tables of the columns
// intent, text and bio:
//   node examples/intents.mjs TRAIN TEST [--pool attention] [--epochs 4] [--seed 1] [--save FILE]
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { foldIn, key, useBackend } from "@refrain/core";
import { paddedBatches, padRows, readUtterances, wordTokenizer, wordVocabulary } from "@refrain/data";
import { crossEntropy } from "@refrain/losses";
import { classifier, classifierObjective, classify, saveModel } from "@refrain/models";
import { adamw, cosine, train } from "@refrain/train";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pool: { type: "string", default: "attention" },
    epochs: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
    save: { type: "string" },
  },
});
if (positionals.length !== 2) throw new Error("name a file to train on and one to test on: node examples/intents.mjs TRAIN TEST");
const [utterances, others] = positionals.map((file) => readUtterances(readFileSync(file, "utf8")));
const seed = Number(values.seed),
  batch = 32;
await useBackend("simd");

const lowercase = true;
const tokenizer = wordTokenizer(
  wordVocabulary(
    utterances.flatMap(({ words }) => words),
    { lowercase, minCount: 2 },
  ),
  { lowercase },
);
const labels = [...new Set(utterances.map(({ intent }) => intent))].toSorted();
const sizes = { vocabulary: tokenizer.size, embedding: 64, hidden: 64, layers: 1, classes: labels.length };
const model = classifier({ ...sizes, cell: "lstm", pool: values.pool, dropout: 0.3 });

const tokens = utterances.map(({ words }) => tokenizer.encodeWords(words));
const paddedAt = paddedBatches(tokens, { batch, seed });

let params;
for await (const event of train({
  params: model.init(key(seed)),
  optimizer: adamw(),
  objective: classifierObjective(model, (logits, classes) => crossEntropy(logits, classes)),
  batches(step) {
    const rows = paddedAt(step);
    return { ...rows, labels: Int32Array.from(rows.indices, (i) => labels.indexOf(utterances[i].intent)) };
  },
  schedule: cosine(0.003),
  budget: { steps: Number(values.epochs) * Math.ceil(tokens.length / batch) },
  clip: 1,
  key: foldIn(key(seed), 1),
})) {
  if (event.event === "report") console.log(`step ${event.to}: ${(100 * event.accuracy).toFixed(1)} % of the utterances it trains on`);
  if (event.event === "end") {
    params = event.snapshot.params;
    console.log(`trained for ${event.snapshot.progress.seconds.toFixed(0)} s`);
  }
}

const understand = ({ words }) => classify(model, params, padRows([tokenizer.encodeWords(words)]))[0];
const right = others.filter((utterance) => labels[understand(utterance).label] === utterance.intent).length;
console.log(`${((100 * right) / others.length).toFixed(2)} % of ${others.length} other utterances`);

const [first] = others;
const { label, probabilities, weights } = understand(first);
const words = first.words.map((word, i) => (weights ? `${word} ${weights[i].toFixed(2)}` : word));
console.log(`${labels[label]} (${(100 * probabilities[label]).toFixed(1)} %): ${words.join("  ")}`);
if (values.save) writeFileSync(values.save, saveModel({ model, params, tokenizer: tokenizer.toJSON(), labels }));
