import { add, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { key, mapTree, type TensorTree } from "@refrain/core";
import { some } from "@refrain-tests/checks";
import { seq2seq } from "./seq2seq.ts";
import type { Seq2seq, Seq2seqConfig, Seq2seqInput } from "./seq2seq-contract.ts";

const MARKS = { sourceVocabulary: 6, vocabulary: 5, start: 3, end: 4 };
const SIZES = { ...MARKS, embedding: 3, hidden: 4 };

/** Small models of every kind. */
export const SEQ2SEQS: readonly (readonly [string, Seq2seqConfig])[] = [
  ["context, gru", { kind: "context", ...SIZES, cell: "gru" }],
  ["context, two layers of lstm", { kind: "context", ...SIZES, cell: "lstm", layers: 2 }],
  ["attending, gru", { kind: "attending", ...SIZES, cell: "gru" }],
  ["attending, two layers of lstm, additive", { kind: "attending", ...SIZES, cell: "lstm", layers: 2, similarity: "additive" }],
  ["attending, the last query, input feeding", { kind: "attending", ...SIZES, cell: "lstm", similarity: "dot", query: "last", inputFeeding: true }],
  ["transformer", { kind: "transformer", ...MARKS, features: 4, heads: 2, layers: 1, hidden: 3, activation: "gelu" }],
  ["transformer, two layers, norms after", { kind: "transformer", ...MARKS, features: 4, heads: 1, layers: 2, hidden: 3, activation: "gelu", order: "post" }],
];

/** A model whose kind is not known before. */
export const seq2seqOf = (config: Seq2seqConfig): Seq2seq => seq2seq(config);

/** Parameters large enough for every part to count. */
export function stirredSeq2seq(config: Seq2seqConfig, seed = 1): TensorTree {
  let place = 0;
  return mapTree(seq2seqOf(config).init(key(seed)), (leaf) => add(leaf, some(leaf.shape, seed * 1000 + place++, 0.4)));
}

/** Tokens of a vocabulary, the same for the same seed. */
export function someTokens(rows: number, time: number, vocabulary: number, seed: number): Tensor2D {
  const values = Array.from(some([rows * time], seed).dataSync(), (x) => Math.floor(Math.abs(x) * 1000) % vocabulary);
  return tensor2d(values, [rows, time], "int32");
}

/** Two sources of four tokens, one of them padded, and targets of three. */
export function someInput(): Seq2seqInput & { readonly target: Tensor2D } {
  return { source: someTokens(2, 4, MARKS.sourceVocabulary, 1), sourceLengths: [4, 2], target: someTokens(2, 3, MARKS.vocabulary, 2) };
}
