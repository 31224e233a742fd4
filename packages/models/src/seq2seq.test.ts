import { disposeTree, key, leaves, mapTree, named, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { clone, concat, type Scalar, slice, sum, type Tensor, tensor2d, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { SEQ2SEQS, seq2seqOf, someInput, someTokens, stirredSeq2seq } from "./seq2seq.test-helper.ts";
import type { Seq2seqConfig } from "./seq2seq-contract.ts";

const steps = (tokens: Tensor2D, from: number, count: number): Tensor2D => slice(tokens, [0, from], [-1, count]);

describe.each(BACKENDS)("seq2seq on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(SEQ2SEQS)("gives logits for each place of the target, and weights over the source where there are any: %s", (_, config) => {
    const model = seq2seqOf(config),
      params = stirredSeq2seq(config);
    const { logits, hidden, weights } = model.apply(params, { ...someInput(), weights: true });
    expect([logits.shape, hidden.shape]).toEqual([
      [2, 3, 5],
      [2, 3, 4],
    ]);
    if (config.kind === "context") expect(weights).toBeUndefined();
    else {
      const rows = (weights as Tensor3D).arraySync();
      expectClose(
        rows.flat().map((row) => row.reduce((a, b) => a + b)),
        new Array(6).fill(1),
      );
      expect(rows[1]?.flatMap((row) => row.slice(2))).toEqual(new Array(6).fill(0));
      expect(new Set(rows[0]?.flat()).size).toBeGreaterThan(6);
    }
    expect(model.apply(params, someInput()).weights).toBeUndefined();
    expectClose(model.apply(params, someInput()).logits.dataSync(), logits.dataSync());
  });

  it.each(SEQ2SEQS)(
    "has true gradients by all of its parameters: %s",
    (_, config) => {
      const model = seq2seqOf(config),
        input = { source: someTokens(2, 3, 6, 1), sourceLengths: [3, 2], target: someTokens(2, 2, 5, 2) };
      expectTrueGradients((params: TensorTree) => model.apply(params, input).logits, stirredSeq2seq(config), 5e-3);
    },
    60_000,
  );

  it.each(SEQ2SEQS)("writes step by step what it foretells at once: %s", (_, config) => {
    tidy(() => {
      const model = seq2seqOf(config),
        params = stirredSeq2seq(config),
        { target, ...input } = someInput();
      const whole = model.apply(params, { target, ...input, weights: true });
      const encoded = model.encode(params, input);
      for (const parts of [
        [1, 1, 1],
        [2, 1],
      ]) {
        let state = encoded,
          first = 0;
        const read = parts.map((count) => {
          const next = model.decode(params, { tokens: steps(target, first, count), state, sourceLengths: input.sourceLengths, weights: true });
          [state, first] = [next.state, first + count];
          return next;
        });
        for (const part of ["logits", "hidden", "weights"] as const) {
          const found = read.map((next) => next[part]).filter((tensor) => tensor !== undefined);
          if (whole[part]) expectClose(concat(found, 1).dataSync(), whole[part].dataSync(), 2e-5);
        }
      }
    });
  });

  it.each(SEQ2SEQS)("lets texts change places: the rows of its state are any tree's: %s", (_, config) => {
    tidy(() => {
      const model = seq2seqOf(config),
        params = stirredSeq2seq(config),
        { target, source } = someInput();
      const other = (tokens: Tensor2D) => concat([slice(tokens, [1, 0], [1, -1]), slice(tokens, [0, 0], [1, -1])], 0);
      const swapped = mapTree(model.encode(params, { source }), (leaf) => concat([slice(leaf, 1, 1), slice(leaf, 0, 1)], 0));
      const found = model.decode(params, { tokens: other(target), state: swapped }).logits;
      expectClose(found.dataSync(), other(model.apply(params, { source, target }).logits as Tensor as Tensor2D).dataSync());
    });
  });

  it.each(SEQ2SEQS)("never looks at padding, whatever stands there, nor ahead: %s", (_, config) => {
    const model = seq2seqOf(config),
      params = stirredSeq2seq(config),
      { source, target, sourceLengths } = someInput();
    const logits = (from: Tensor2D, to: Tensor2D, lengths = sourceLengths) => model.apply(params, { source: from, sourceLengths: lengths, target: to }).logits;
    const expected = logits(source, target).dataSync();
    const [first, second] = source.arraySync() as [number[], number[]];
    for (const padding of [5, -1]) {
      const padded = tensor2d([...first, padding, ...second.slice(0, 2), padding, padding, padding], [2, 5], "int32");
      expectClose(logits(padded, target).dataSync(), expected, 1e-5);
      for (const mode of [{ training: key(1) }, "inference"] as const)
        expectClose(
          model.apply(params, { source: padded, sourceLengths, target }, mode).logits.dataSync(),
          model.apply(params, { source, sourceLengths, target }, mode).logits.dataSync(),
          1e-5,
        );
    }
    const alone = logits(slice(source, [1, 0], [1, 2]), slice(target, [1, 0], [1, -1]), [2]).dataSync();
    expectClose(alone, expected.slice(15), 1e-5);
    const later = concat([steps(target, 0, 1), someTokens(2, 4, 5, 9)], 1) as Tensor2D;
    expectClose(slice(logits(source, later), [0, 0, 0], [-1, 1, -1]).dataSync(), [...expected.slice(0, 5), ...expected.slice(15, 20)], 1e-5);
  });

  it.each(SEQ2SEQS)("hangs on every token of the source, and on their order: %s", (_, config) => {
    const model = seq2seqOf(config),
      params = stirredSeq2seq(config),
      target = tensor2d([[3, 0]], [1, 2], "int32");
    const logits = (...source: number[]) => [...model.apply(params, { source: tensor2d([source], [1, source.length], "int32"), target }).logits.dataSync()];
    const texts = [logits(1, 2, 3), logits(4, 2, 3), logits(1, 4, 3), logits(1, 2, 4), logits(3, 2, 1), logits(1, 2)];
    for (const [i, one] of texts.entries())
      for (const other of texts.slice(i + 1)) expect(Math.max(...one.map((logit, at) => Math.abs(logit - (other[at] as number))))).toBeGreaterThan(1e-4);
  });

  it.each(SEQ2SEQS)("drops while training only, by its key: %s", (_, config) => {
    const model = seq2seqOf({ ...config, dropout: 0.4 }),
      params = stirredSeq2seq(config);
    const logits = (seed?: number) => [...model.apply(params, someInput(), seed === undefined ? "inference" : { training: key(seed) }).logits.dataSync()];
    expect(logits(1)).toEqual(logits(1));
    expect(logits(1)).not.toEqual(logits(2));
    expectClose(logits(), seq2seqOf(config).apply(params, someInput()).logits.dataSync());
  });

  it.each(SEQ2SEQS)("leaks nothing: %s", (_, config) => {
    const model = seq2seqOf({ ...config, dropout: 0.1 }),
      params = stirredSeq2seq(config),
      input = someInput();
    for (const weights of [false, true]) expectNoLeak(() => tidy(() => void model.apply(params, { ...input, weights })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: TensorTree) => sum(model.apply(own, input, { training: key(1) }).logits) as Scalar)(params)));
    expectNoLeak(() => disposeTree(model.init(key(2))));
  });
});

describe("seq2seq", () => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it.each(SEQ2SEQS)("gives the same numbers and gradients on simd and on cpu: %s", async (_, config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const model = seq2seqOf(config),
          params = stirredSeq2seq(config);
        const loss = (own: TensorTree) => crossEntropy(model.apply(own, someInput()).logits, someTokens(2, 3, 5, 4));
        const { value, gradients } = valueAndGrad(loss)(params);
        return [value, model.apply(params, someInput()).logits, ...named(gradients).values()].map((tensor) => clone(tensor));
      },
      1e-4,
    );
  });

  it.each(SEQ2SEQS)("has a config that builds the same model again: %s", (_, config) => {
    const model = seq2seqOf({ ...config, dropout: 0.2 });
    const again = seq2seqOf(JSON.parse(JSON.stringify(model.config)) as Seq2seqConfig);
    const params = stirredSeq2seq(config);
    const logits = (of: typeof model) => of.apply(params, someInput(), { training: key(1) }).logits.dataSync();
    expect(logits(again)).toEqual(logits(model));
    expect(again).toMatchObject({ kind: "seq2seq", config: model.config });
    expect([...named(again.init(key(3))).keys()]).toEqual([...named(model.init(key(3))).keys()]);
  });

  it.each(SEQ2SEQS)("starts each part from numbers of its own: %s", (_, config) => {
    const values = leaves(seq2seqOf(config).init(key(1))).flatMap((leaf) => (leaf.rank > 1 ? [leaf.dataSync()[0]] : []));
    expect(new Set(values).size).toBe(values.length);
  });

  it.each<[object, string]>([
    [{ kind: "convolutional" }, 'seq2seq: kind must be one of context, attending, transformer, but is "convolutional".'],
    [{ kind: "toString" }, 'seq2seq: kind must be one of context, attending, transformer, but is "toString".'],
    [{ sourceVocabulary: 0 }, "seq2seq: sourceVocabulary must be a whole number of at least 1, but is 0."],
    [{ vocabulary: 1.5 }, "seq2seq: vocabulary must be a whole number of at least 1, but is 1.5."],
    [{ start: 5 }, "seq2seq: start must be a token of the vocabulary, 0 to 4, but is 5."],
    [{ end: -1 }, "seq2seq: end must be a token of the vocabulary, 0 to 4, but is -1."],
    [{ dropout: 1 }, "the rate must be at least 0 and under 1, but is 1"],
    [{ dropout: "0.5" }, 'seq2seq: dropout must be a number, but is "0.5".'],
  ])("refuses %j, whatever the kind", (wrong, message) => {
    for (const [, config] of SEQ2SEQS) expect(() => seq2seqOf({ ...config, ...wrong } as Seq2seqConfig)).toThrow(message);
  });

  it.each<[number, object, string]>([
    [0, { layers: 0 }, "seq2seq: layers must be a whole number of at least 1, but is 0."],
    [0, { cell: "lstn" }, 'seq2seq: cell must be one of rnn, lstm, gru, peephole-lstm, but is "lstn".'],
    [2, { hidden: 5 }, "seq2seq: hidden must be even, half for each direction of the encoder, but is 5."],
    [2, { hidden: 0 }, "seq2seq: hidden must be a whole number of at least 1, but is 0."],
    [2, { similarity: "likeness" }, "the similarity must be dot, scaled-dot, cosine, general or additive"],
    [2, { inputFeeding: 1 }, "seq2seq: inputFeeding must be a boolean, but is 1."],
    [2, { query: "next" }, 'query must be "new" or "last", but is "next"'],
    [5, { features: 5, heads: 1 }, "seq2seq: features must be even, for pairs of sines and cosines, but are 5."],
    [5, { heads: 3 }, "3 heads do not divide 4"],
    [5, { order: "between" }, 'the order must be "pre" or "post", but is "between"'],
    [5, { activation: "sin" }, "the activation must be relu, gelu, gelu-tanh or swiglu"],
  ])("refuses of kind %d %j", (kind, wrong, message) => {
    expect(() => seq2seqOf({ ...(SEQ2SEQS[kind]?.[1] as Seq2seqConfig), ...wrong } as Seq2seqConfig)).toThrow(message);
  });
});
