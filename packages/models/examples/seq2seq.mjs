// Trains a model from sequences to sequences on pairs in tab-separated columns, a pair a line, and shows what it writes for others:
//   node examples/seq2seq.mjs PAIRS.tsv [--kind context|attending|transformer] [--words] [--steps 3000] [--save FILE]
//   node examples/seq2seq.mjs POEMS.tsv --source text --target title
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { foldIn, key, useBackend } from "@refrain/core";
import { charTokenizer, charVocabulary, pairBatches, readPairs, splitWords, wordTokenizer, wordVocabulary } from "@refrain/data";
import { banned } from "@refrain/losses/sampling";
import { saveModel, seq2seq, seq2seqObjective, translate } from "@refrain/models";
import { adamw, cosine, evaluate, train } from "@refrain/train";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kind: { type: "string", default: "attending" },
    words: { type: "boolean", default: false }, // the source is read word by word, small letters only; else character by character
    source: { type: "string", default: "0" }, // columns, by place or by name
    target: { type: "string", default: "1" },
    "longest-source": { type: "string", default: "48" }, // tokens
    "longest-target": { type: "string", default: "9" },
    hidden: { type: "string", default: "256" },
    rate: { type: "string", default: "0.002" },
    steps: { type: "string", default: "3000" },
    seed: { type: "string", default: "1" },
    save: { type: "string" },
  },
});
if (positionals.length !== 1) throw new Error("name a file of pairs: node examples/seq2seq.mjs PAIRS.tsv");
const column = (name) => (/^\d+$/.test(name) ? Number(name) : name);
const pairs = readPairs(readFileSync(positionals[0], "utf8"), { source: column(values.source), target: column(values.target) });
const seed = Number(values.seed),
  hidden = Number(values.hidden),
  batch = 32;
await useBackend("simd");

// Sentences that are short enough; every twentieth source is kept apart, with all of its targets. What comes once only is unknown.
const partsOf = (text) => (values.words ? splitWords(text).map((word) => word.text) : [...text]);
const short = pairs.filter(({ source, target }) => partsOf(source).length <= values["longest-source"] && [...target].length <= values["longest-target"]);
const apart = new Set([...new Set(short.map(({ source }) => source))].filter((_, i) => i % 20 === 19));
const known = short.filter(({ source }) => !apart.has(source));
const parts = known.flatMap(({ source }) => partsOf(source));
const read = values.words
  ? wordTokenizer(wordVocabulary(parts, { minCount: 2, lowercase: true }), { lowercase: true })
  : charTokenizer(charVocabulary(parts.join(""), 2));
const write = charTokenizer(charVocabulary(known.map(({ target }) => target).join(""), 2));
const [start, end] = [write.size, write.size + 1];
const tokensOf = (some) => some.map(({ source, target }) => ({ source: read.encode(source), target: write.encode(target) }));
const [mine, others] = [tokensOf(known), tokensOf(short.filter(({ source }) => apart.has(source)))];
console.log(`${mine.length} pairs to train on, ${others.length} others; ${read.size} tokens to read, ${write.size} to write`);

const vocabularies = { sourceVocabulary: read.size, vocabulary: write.size + 2, start, end };
const model =
  values.kind === "transformer"
    ? seq2seq({ kind: "transformer", ...vocabularies, features: hidden / 2, heads: 4, layers: 2, dropout: 0.1 })
    : seq2seq({ kind: values.kind, ...vocabularies, cell: "lstm", embedding: hidden / 2, hidden, dropout: 0.3 });
const objective = seq2seqObjective(model);
const otherBatches = pairBatches(others, { batch, start, end }, seed);
const all = Array.from({ length: Math.ceil(others.length / batch) }, (_, step) => otherBatches(step));

let params;
for await (const event of train({
  params: model.init(key(seed)),
  optimizer: adamw(),
  objective,
  batches: pairBatches(mine, { batch, start, end }, seed),
  schedule: cosine(Number(values.rate)),
  budget: { steps: Number(values.steps) },
  clip: 1,
  key: foldIn(key(seed), 1),
  reportEvery: 500,
  evaluate: (current) => evaluate(objective, current, all),
})) {
  const told = () => `loss ${event.loss.toFixed(3)}, ${(100 * event.accuracy).toFixed(1)} % of the tokens`;
  if (event.event === "report") console.log(`step ${event.to}: ${told()}, ${event.tokensPerSecond.toFixed(0)} tokens/s`);
  if (event.event === "evaluation") console.log(`others: ${told()}`);
  if (event.event === "end") {
    params = event.snapshot.params;
    console.log(`trained for ${event.snapshot.progress.seconds.toFixed(0)} s`);
  }
}

// A source may have several targets, and any of them is right.
const targets = new Map();
for (const { source, target } of others) targets.set(source.join(), { source, right: [...(targets.get(source.join())?.right ?? []), write.decode(target)] });
const written = (source, beams) =>
  write.decode(
    translate(model, params, source, { beams, length: Number(values["longest-target"]) + 1, lengthPenalty: 1, constraints: [banned([write.unknown])] }).tokens,
  );
const exact = [...targets.values()].filter(({ source, right }) => right.includes(written(source, 4))).length;
console.log(`${exact} of ${targets.size} other sources written as in the file, with 4 beams`);
for (const { source, right } of [...targets.values()].filter((_, i) => i % Math.ceil(targets.size / 16) === 0))
  console.log(`${read.decode(source)}\n    ${written(source, 4)}\n    (${right[0]})`);
if (values.save) writeFileSync(values.save, saveModel({ model, params, tokenizer: { source: read.toJSON(), target: write.toJSON() } }));
