import { disposeTree, key, named, useBackend, valueAndGrad } from "@refrain/core";
import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { type Answer, answer } from "./answer.ts";
import { learn } from "./learn.test-helper.ts";
import { drawOf, expectSameLeaves, padded, sequencesOf, stirred } from "./padded.test-helper.ts";
import { type Reader, reader, type ReaderConfig, type ReaderOutput, type ReaderParams } from "./reader.ts";
import { type Asked, readerInput } from "./reader-input.ts";
import { type Answered, readerObjective } from "./reader-objective.ts";

const TINY: ReaderConfig = { vocabulary: 4, embedding: 2, cell: "gru", hidden: 2, layers: 1 };
const CONFIGS: readonly ReaderConfig[] = [TINY, { ...TINY, cell: "lstm", layers: 2 }];
const PASSAGES = [[3, 0, 1, 2], [2], [1, 1, 2]];
const QUESTIONS = [[0], [3, 1, 2], [1, 2]];
const asked: Asked = { passage: padded(PASSAGES), question: padded(QUESTIONS) };
const answered: Answered = { ...asked, first: Int32Array.of(1, 0, 0), last: Int32Array.of(3, 0, 1) };

const applied = (model: Reader, params: ReaderParams, batch: Asked): ReaderOutput => model.apply(params, readerInput(batch));

/** The probabilities of each row's steps. */
const softmaxOf = (logits: Tensor): number[][] =>
  (logits.arraySync() as number[][]).map((row) => {
    const parts = row.map(Math.exp);
    const total = parts.reduce((a, b) => a + b);
    return parts.map((part) => part / total);
  });

describe.each(BACKENDS)("reader on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("points at steps of the passage only, and says where in the question each of them looked", () => {
    for (const config of CONFIGS) {
      const model = reader(config);
      const { first, last, weights } = applied(model, stirred(model.init(key(1))), asked);
      for (const logits of [first, last]) {
        expect(logits.shape).toEqual([3, 4]);
        (logits.arraySync() as number[][]).forEach((row, i) =>
          expect(row.map(Number.isFinite)).toEqual(row.map((_, step) => step < (PASSAGES[i] as number[]).length)),
        );
      }
      expect(weights.shape).toEqual([3, 4, 3]);
      (weights.arraySync() as number[][][]).forEach((rows, i) =>
        rows.slice(0, PASSAGES[i]?.length).forEach((row) => {
          expectClose([row.reduce((a, b) => a + b)], [1]);
          expect(row.map((weight) => weight > 0)).toEqual(row.map((_, step) => step < (QUESTIONS[i] as number[]).length));
        }),
      );
    }
  });

  it("looks first of all for the same word", () => {
    const model = reader({ ...TINY, vocabulary: 9, embedding: 64 });
    const { weights } = applied(model, model.init(key(1)), { passage: padded([[3, 5, 8]]), question: padded([[8, 3, 1]]) });
    const [, , last] = (weights.arraySync() as number[][][])[0] as number[][];
    const [first] = (weights.arraySync() as number[][][])[0] as number[][];
    expect(first?.[1]).toBeGreaterThan(0.9);
    expect(last?.[0]).toBeGreaterThan(0.9);
  });

  it("answers with the likeliest span, and says how likely it is", () => {
    const model = reader(TINY),
      params = stirred(model.init(key(1)), 2, 1);
    const { first, last } = applied(model, params, asked);
    const [starts, ends] = [softmaxOf(first), softmaxOf(last)] as [number[][], number[][]];
    for (const longest of [undefined, 1, 2]) {
      answer(model, params, asked, longest === undefined ? {} : { longest }).forEach((found, row) => {
        const spans = (ends[row] as number[]).flatMap((end, to) =>
          (starts[row] as number[]).slice(0, to + 1).map((start, from) => ({ from, to, p: start * end })),
        );
        const best = spans.filter(({ from, to }) => to - from < (longest ?? 9)).reduce((a, b) => (b.p > a.p ? b : a));
        expect([found.first, found.last]).toEqual([best.from, best.to]);
        expectClose([found.probability], [best.p]);
      });
    }
  });

  it.each(CONFIGS)("never looks at padding, however much there is and whatever it holds: %j", (config) => {
    const model = reader(config),
      params = stirred(model.init(key(1)));
    const pairs = fc
      .tuple(sequencesOf(4), sequencesOf(4))
      .map(([passages, questions]) => ({ passages, questions: passages.map((_, i) => questions[i] ?? [1]) }));
    fc.assert(
      fc.property(pairs, fc.nat(3), fc.constantFrom(-1, 3, 99), ({ passages, questions }, more, fill) =>
        tidy(() => {
          const ends = Int32Array.from(passages, ({ length }) => length - 1);
          const measure = (extra: number, beyond: number) => {
            const rows = (sequences: number[][]) => padded(sequences, beyond, extra + Math.max(...sequences.map(({ length }) => length)));
            const batch = { passage: rows(passages), question: rows(questions), first: new Int32Array(ends.length), last: ends };
            const { weights } = applied(model, params, batch);
            const slopes = valueAndGrad(readerObjective(model))(params, batch, "inference");
            return { answers: answer(model, params, batch), weights: weights.arraySync() as number[][][], slopes };
          };
          const [one, other] = [measure(0, 0), measure(more, fill)];
          passages.forEach((passage, row) => {
            const question = questions[row] as number[];
            const batch = { passage: padded([passage]), question: padded([question]) };
            const [alone] = answer(model, params, batch) as [Answer];
            const looked = applied(model, params, batch).weights.dataSync();
            for (const { answers, weights } of [one, other]) {
              expectClose(Object.values(answers[row] as Answer), Object.values(alone));
              const own = (weights[row] as number[][]).slice(0, passage.length).flatMap((steps) => steps.slice(0, question.length));
              expectClose(own, looked);
            }
          });
          expectSameLeaves(other.slopes, one.slopes);
        }),
      ),
      { numRuns: 10 },
    );
  });

  it.each(CONFIGS)(
    "has true gradients by all of its parameters: %j",
    (config) => {
      const model = reader({ ...config, layers: 1 }),
        params = stirred(model.init(key(1)));
      const { passage, passageLengths: _, ...question } = readerInput(asked);
      expectTrueGradients((own: ReaderParams) => Object.values(model.apply(own, { passage, ...question })), params, 5e-3);
      expectTrueGradients((own: ReaderParams) => readerObjective(model)(own, answered, "inference").value, params, 5e-3);
    },
    30_000,
  );

  it("has for its loss that of where answers begin and end, and counts those that are wholly right", () => {
    const model = reader(TINY),
      params = stirred(model.init(key(1)), 2, 1);
    const { first, last } = applied(model, params, asked);
    const [starts, ends] = [softmaxOf(first), softmaxOf(last)] as [number[][], number[][]];
    const found = answer(model, params, asked);
    const batch = { ...answered, first: answered.first.with(0, found[0]?.first as number), last: answered.last.with(0, found[0]?.last as number) };
    const losses = starts.map((row, i) => -Math.log(row[batch.first[i] as number] as number) - Math.log(ends[i]?.[batch.last[i] as number] as number));
    const { value, aside } = readerObjective(model)(params, batch, "inference");
    expectClose(value.dataSync(), [losses.reduce((a, b) => a + b) / 3]);
    const right = found.filter((one, i) => one.first === batch.first[i] && one.last === batch.last[i]).length;
    expect([aside.correct.dataSync()[0], aside.total.dataSync()[0]]).toEqual([right, 3]);
    expect(right).toBeGreaterThan(0);
  });

  it("drops while training only, by its key", () => {
    const model = reader({ ...TINY, dropout: 0.5 }),
      params = model.init(key(1)),
      input = readerInput(asked);
    const logits = (seed?: number) => [...model.apply(params, input, seed === undefined ? "inference" : { training: key(seed) }).first.dataSync()];
    expect(logits(1)).toEqual(logits(1));
    expect(logits(1)).not.toEqual(logits(2));
    expect(logits()).toEqual([...reader(TINY).apply(params, input).first.dataSync()]);
  });

  it("leaks nothing", () => {
    const model = reader({ ...TINY, dropout: 0.1 }),
      params = model.init(key(1));
    expectNoLeak(() => tidy(() => void applied(model, params, asked)));
    expectNoLeak(() => tidy(() => void valueAndGrad(readerObjective(model))(params, answered, { training: key(1) })));
    expectNoLeak(() => void answer(model, params, asked));
    expectNoLeak(() => disposeTree(model.init(key(2))));
  });
});

describe("reader", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(CONFIGS)("gives the same numbers and gradients on simd and on cpu: %j", async (config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const model = reader(config),
          params = model.init(key(1));
        const { value, gradients } = valueAndGrad(readerObjective(model))(params, answered, "inference");
        return [value, ...Object.values(applied(model, params, asked)), ...named(gradients as never).values()];
      },
      1e-4,
    );
    await useBackend("simd");
  });

  it("learns to answer with the two words that stand after the word asked for, to full accuracy", () => {
    const batchOf = (seed: number): Answered => {
      const draw = drawOf(seed);
      const rows = Array.from({ length: 16 }, () => {
        // Words 0 to 5 are keys, each of which comes once at most; the others are values.
        const keys = [0, 1, 2, 3, 4, 5].map((word) => ({ word, place: draw(1000) })).toSorted((a, b) => a.place - b.place);
        const facts = keys.slice(0, 2 + draw(3)).map(({ word }) => [word, 6 + draw(6), 6 + draw(6)]);
        const at = draw(facts.length);
        return { passage: facts.flat(), question: [facts[at]?.[0] as number], first: 3 * at + 1 };
      });
      const first = Int32Array.from(rows, (row) => row.first);
      return {
        passage: padded(rows.map(({ passage }) => passage)),
        question: padded(rows.map(({ question }) => question)),
        first,
        last: first.map((step) => step + 1),
      };
    };
    const model = reader({ vocabulary: 12, embedding: 16, cell: "gru", hidden: 16, layers: 1 });
    const objective = readerObjective(model);
    const params = learn((own: ReaderParams, step) => objective(own, batchOf(step), "inference").value, model.init(key(1)), { steps: 200, rate: 0.03 });
    for (const seed of [100_000, 100_001, 100_002]) {
      const batch = batchOf(seed);
      answer(model, params, batch).forEach(({ first, last, probability }, row) => {
        expect([first, last]).toEqual([batch.first[row], batch.last[row]]);
        expect(probability).toBeGreaterThan(0.5);
      });
    }
  }, 30_000);

  it("has a config that builds the same model again", () => {
    for (const config of CONFIGS) {
      const model = reader({ ...config, dropout: 0.1 });
      const again = reader(JSON.parse(JSON.stringify(model.config)) as ReaderConfig);
      const params = stirred(model.init(key(1))),
        input = readerInput(asked);
      const logits = (one: Reader) => one.apply(params, input, { training: key(1) }).last.dataSync();
      expect(logits(again)).toEqual(logits(model));
      expect(again).toMatchObject({ kind: "reader", config: model.config });
      expect([...named(again.init(key(3)) as never).keys()]).toEqual([...named(params as never).keys()]);
    }
  });

  it.each<[object, string]>([
    [{ hidden: 0 }, "reader: hidden must be a whole number of at least 1, but is 0."],
    [{ cell: "" }, 'reader: cell must be one of rnn, lstm, gru, peephole-lstm, but is "".'],
    [{ dropout: null }, "reader: dropout must be a number, but is null."],
    [{ dropout: 1 }, "the rate must be at least 0 and under 1, but is 1"],
  ])("refuses %j", (wrong, message) => {
    expect(() => reader({ ...TINY, ...wrong })).toThrow(message);
  });

  it("refuses what does not fit", () => {
    const model = reader(TINY),
      params = model.init(key(1)),
      objective = readerObjective(model);
    const train = (wrong: Partial<Answered>) => () => objective(params, { ...answered, ...wrong }, "inference");
    expect(() => answer(model, params, { ...asked, passage: padded([[1], [], [2]]) })).toThrow("every passage must have at least one token, but a length is 0");
    expect(() => answer(model, params, { ...asked, passage: padded([[4], [1], [2]]) })).toThrow(/4/);
    expect(() => answer(model, params, { ...asked, question: padded([[1]]) })).toThrow("there must be one question for each passage, but there are 1 for 3.");
    expect(() => answer(model, params, asked, { longest: 0 })).toThrow("answer: longest must be a whole number of at least 1, but is 0.");
    expect(() => answer(model, params, asked, { longest: 1.5 })).toThrow("but is 1.5.");
    expect(train({ last: Int32Array.of(1) })).toThrow("for 3 there are 3 first steps and 1 last.");
    expect(train({ last: Int32Array.of(3, 1, 1) })).toThrow("an answer must lie within the 1 steps of its passage, but that of row 1 is from 0 to 1.");
    expect(train({ first: Int32Array.of(-1, 0, 0) })).toThrow("that of row 0 is from -1 to 3.");
    expect(train({ first: Int32Array.of(1, 0, 2) })).toThrow("that of row 2 is from 2 to 1.");
  });
});
