import { disposeTree, generator, key, type TensorTree, useBackend } from "@refrain/core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { learn } from "./learn.test-helper.ts";
import { seq2seqOf } from "./seq2seq.test-helper.ts";
import type { Seq2seqConfig } from "./seq2seq-contract.ts";
import { type PairTokens, seq2seqObjective } from "./seq2seq-objective.ts";
import { translate } from "./translate.ts";

const SYMBOLS = 5,
  LONGEST = 4,
  ROWS = 24;
const MARKS = { sourceVocabulary: SYMBOLS, vocabulary: SYMBOLS + 2, start: SYMBOLS, end: SYMBOLS + 1 };
const RECURRENT = { ...MARKS, cell: "gru", embedding: 12, hidden: 32 } as const;

const MODELS: readonly (readonly [string, Seq2seqConfig, { steps: number; rate: number }])[] = [
  ["context", { kind: "context", ...RECURRENT, hidden: 48 }, { steps: 400, rate: 0.015 }],
  ["attending", { kind: "attending", ...RECURRENT }, { steps: 200, rate: 0.02 }],
  ["transformer", { kind: "transformer", ...MARKS, features: 24, heads: 2, layers: 2, hidden: 48 }, { steps: 250, rate: 0.006 }],
];

const TASKS: readonly (readonly [string, (source: readonly number[]) => number[]])[] = [
  ["reverse", (source) => source.toReversed()],
  ["copy", (source) => [...source]],
];

/** Sources of different lengths, drawn by a seed. */
function drawn(seed: number, rows: number): number[][] {
  const random = generator(key(seed));
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: rows }, () => Array.from({ length: 1 + below(LONGEST) }, () => below(SYMBOLS)));
}

function batchOf(sources: readonly (readonly number[])[], answer: (source: readonly number[]) => number[]): PairTokens {
  const rows = sources.length;
  const filled = (fill: number, time: number, sequences: readonly (readonly number[])[]) =>
    Int32Array.from(sequences.flatMap((sequence) => [...sequence, ...new Array<number>(time - sequence.length).fill(fill)]));
  return {
    rows,
    sourceTime: LONGEST,
    time: LONGEST + 1,
    source: filled(0, LONGEST, sources),
    sourceLengths: sources.map(({ length }) => length),
    inputs: filled(
      0,
      LONGEST + 1,
      sources.map((source) => [MARKS.start, ...answer(source)]),
    ),
    targets: filled(
      -1,
      LONGEST + 1,
      sources.map((source) => [...answer(source), MARKS.end]),
    ),
  };
}

describe.each(MODELS)("a small model of kind %s", (_, config, pace) => {
  const model = seq2seqOf(config);

  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(TASKS)(
    "learns to %s sequences that it never saw, and to end with them",
    (task, answer) => {
      const objective = seq2seqObjective(model);
      const loss = (own: TensorTree, step: number) => objective(own, batchOf(drawn(step, ROWS), answer), { training: key(step) }).value as Scalar;
      const params = learn(loss, model.init(key(1)), pace);
      const looks: boolean[] = [];
      for (const source of drawn(100_000, 60)) {
        const { tokens, stopped, weights } = translate(model, params, source, { length: LONGEST + 2, weights: true });
        expect([source, tokens, stopped]).toEqual([source, answer(source), true]);
        weights?.forEach((row, i) => {
          const place = task === "copy" ? i : source.length - 1 - i;
          looks.push(row.indexOf(Math.max(...row)) === place);
        });
      }
      // Each looks at what it repeats, or, at times, beside it: the places know of their neighbours.
      if (config.kind !== "context") expect(looks.filter(Boolean).length / looks.length).toBeGreaterThan(0.8);
      disposeTree(params);
    },
    60_000,
  );
});
