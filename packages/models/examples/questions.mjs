// Trains a reader on questions about passages, and counts how many others it answers with the very words. Files are those of bAbI (.txt)
// or of SQuAD (.json):
//   node examples/questions.mjs TRAIN TEST [--epochs 20] [--seed 1] [--save FILE]
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { foldIn, key, useBackend } from "@refrain/core";
import { paddedBatches, padRows, readBabi, readSquad, spanOfWords, splitWords, wordTokenizer, wordVocabulary } from "@refrain/data";
import { answer, reader, readerObjective, saveModel } from "@refrain/models";
import { adamw, cosine, train } from "@refrain/train";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    save: { type: "string" },
  },
});
if (positionals.length !== 2) throw new Error("name a file to train on and one to test on: node examples/questions.mjs TRAIN TEST");
const [questions, others] = positionals.map((file) => {
  const text = readFileSync(file, "utf8");
  return file.endsWith(".json") ? readSquad(text) : readBabi(text).map(fromBabi);
});
const seed = Number(values.seed),
  batch = 32,
  lowercase = true;
await useBackend("simd");

/** A story as a passage, and its answer as a word of a sentence that supports it, the last that has it; an answer that is no such word is nowhere. */
function fromBabi({ story, question, answer: words, supporting }) {
  const text = words.join(",");
  const places = supporting.flatMap((place) => {
    const [found] = splitWords(story[place]).filter((word) => word.text === text);
    return found ? [story.slice(0, place).reduce((sum, { length }) => sum + length + 1, found.start)] : [];
  });
  return { passage: story.join(" "), question, answers: [{ text, start: places.at(-1) ?? -1 }] };
}

/** The same in words, with the first answer as a span of the passage's words; undefined where it is none. */
function inWords({ passage, question, answers }) {
  const words = splitWords(passage);
  const [first] = answers;
  const span = first && first.start >= 0 ? spanOfWords(words, first.start, first.start + first.text.length) : undefined;
  return { passage, words, answers, span, asked: splitWords(question).map(({ text }) => text) };
}

const known = questions.map(inWords).filter(({ span }) => span);
const texts = known.flatMap(({ words, asked }) => [...words.map(({ text }) => text), ...asked]);
const tokenizer = wordTokenizer(wordVocabulary(texts, { lowercase, minCount: 2 }), { lowercase });
const passages = known.map(({ words }) => tokenizer.encodeWords(words.map(({ text }) => text)));
const asked = known.map((item) => tokenizer.encodeWords(item.asked));
const model = reader({ vocabulary: tokenizer.size, embedding: 64, cell: "gru", hidden: 64, layers: 1, dropout: 0.2 });
const paddedAt = paddedBatches(passages, { batch, seed });

let params;
for await (const event of train({
  params: model.init(key(seed)),
  optimizer: adamw(),
  objective: readerObjective(model),
  batches(step) {
    const { indices, ...passage } = paddedAt(step);
    const spanned = (end) => Int32Array.from(indices, (i) => known[i].span[end]);
    return { passage, question: padRows(indices.map((i) => asked[i])), first: spanned("first"), last: spanned("last") };
  },
  schedule: cosine(0.003),
  budget: { steps: Number(values.epochs) * Math.ceil(known.length / batch) },
  clip: 1,
  key: foldIn(key(seed), 1),
})) {
  if (event.event === "report") console.log(`step ${event.to}: ${(100 * event.accuracy).toFixed(1)} % of the questions it trains on`);
  if (event.event === "end") {
    params = event.snapshot.params;
    console.log(`trained for ${event.snapshot.progress.seconds.toFixed(0)} s`);
  }
}

let right = 0;
for (const item of others.map(inWords)) {
  const row = (words) => padRows([tokenizer.encodeWords(words)]);
  const [{ first, last }] = answer(model, params, { passage: row(item.words.map(({ text }) => text)), question: row(item.asked) }, { longest: 30 });
  const said = item.passage.slice(item.words[first].start, item.words[last].end);
  if (item.answers.some(({ text }) => text === said)) right++;
}
console.log(`${((100 * right) / others.length).toFixed(2)} % of ${others.length} other questions, trained on ${known.length}`);
if (values.save) writeFileSync(values.save, saveModel({ model, params, tokenizer: tokenizer.toJSON() }));
