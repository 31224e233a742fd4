import { disposeTree, key, named, useBackend, valueAndGrad } from "@refrain/core";
import { gather, type Scalar, sum, type Tensor, tensor1d, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { multiHead, type MultiHeadInput, type MultiHeadParams } from "./multi-head.ts";
import { layers, OPTIONS, optionInput, plainMultiHead, someParams } from "./multi-head.test-helper.ts";

type All = { readonly own: MultiHeadParams; readonly query: Tensor; readonly memory?: Tensor };

const flat = (nested: unknown): number[] => [nested].flat(Number.POSITIVE_INFINITY) as number[];

describe.each(BACKENDS)("multiHead on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is its formula, with the weights and without", () => {
    fc.assert(
      fc.property(layers, ({ config, input, seed }) =>
        tidy(() => {
          const layer = multiHead(config),
            params = someParams(config, seed),
            given = input();
          const expected = plainMultiHead(config, params, given);
          const { output, weights } = layer.apply(params, { ...given, weights: true });
          expectClose(output.dataSync(), flat(expected.output), 2e-5);
          expectClose((weights as Tensor).dataSync(), flat(expected.weights), 2e-5);
          const plain = layer.apply(params, given);
          expectClose(plain.output.dataSync(), flat(expected.output), 2e-5);
          expect(plain.weights).toBeUndefined();
        }),
      ),
      { numRuns: 30 },
    );
  });

  it.each(OPTIONS)("has true gradients by its parameters and inputs: %s", (...option) => {
    const [, config] = option;
    const given = optionInput(option),
      layer = multiHead(config);
    const all: All = { own: someParams(config, 1), query: given.query, ...(given.memory && { memory: given.memory }) };
    // With the weights all is composed; without, a backend may have a kernel for it.
    for (const weights of [false, true]) {
      expectTrueGradients(({ own, query, memory }: All) => {
        const found = layer.apply(own, { ...given, query: query as Tensor3D, memory: memory as Tensor3D | undefined, weights });
        return weights ? [found.output, found.weights as Tensor] : found.output;
      }, all);
    }
  });

  it("drops weights while training only, by its key, with true gradients", () => {
    const layer = multiHead({ features: 4, heads: 2, dropout: 0.4 });
    const all: All = { own: someParams({ features: 4, heads: 2 }, 1), query: some([2, 3, 4], 2) };
    const outputs = (seed?: number) => [
      ...layer.apply(all.own, { query: all.query as Tensor3D }, seed === undefined ? "inference" : { training: key(seed) }).output.dataSync(),
    ];
    expect(outputs(1)).toEqual(outputs(1));
    expect(outputs(1)).not.toEqual(outputs(2));
    expect(outputs()).toEqual([
      ...multiHead({ features: 4, heads: 2 })
        .apply(all.own, { query: all.query as Tensor3D })
        .output.dataSync(),
    ]);
    expectTrueGradients(({ own, query }: All) => layer.apply(own, { query: query as Tensor3D }, { training: key(3) }).output, all);
  });

  it("gives the output's bias where nothing is seen, and gradients that are numbers", () => {
    const layer = multiHead({ features: 4, heads: 2 }),
      own = someParams({ features: 4, heads: 2 }, 3);
    const all: All = { own, query: some([2, 3, 4], 2) };
    const read = ({ own, query }: All, weights: boolean) => layer.apply(own, { query: query as Tensor3D, keyLengths: [0, 2], weights });
    const bias = [...(own.output.bias as Tensor).dataSync()];
    for (const weights of [false, true]) {
      const { gradients } = valueAndGrad((all: All) => sum(read(all, weights).output) as Scalar)(all);
      expectClose(read(all, weights).output.dataSync().slice(0, 12), [...bias, ...bias, ...bias]);
      for (const gradient of named(gradients as never).values()) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
      expect([...gradients.query.dataSync().slice(0, 12)]).toEqual(new Array(12).fill(0));
    }
    expect([...(read(all, true).weights as Tensor).dataSync().slice(0, 18)]).toEqual(new Array(18).fill(0));
  });

  it("has a gradient of exactly 0 by the keys' bias, but not where rotary positions turn it", () => {
    const slope = (positions: "none" | "rotary") => {
      const config = { features: 4, heads: 2, positions } as const;
      const { gradients } = valueAndGrad(
        (own: MultiHeadParams) => sum(multiHead(config).apply(own, { query: some([2, 3, 4], 2) as Tensor3D }).output) as Scalar,
      )(someParams(config, 1));
      return [...(gradients.keyValue.bias as Tensor).dataSync()].slice(0, 4);
    };
    expectClose(slope("none"), [0, 0, 0, 0], 0);
    expect(Math.max(...slope("rotary").map(Math.abs))).toBeGreaterThan(1e-4);
  });

  it("reads a memory as it does the keys and values that it made of it", () => {
    const layer = multiHead({ features: 4, heads: 2, keyFeatures: 3 }),
      params = layer.init(key(1));
    const query = some([2, 3, 4], 1) as Tensor3D,
      memory = some([2, 5, 3], 2) as Tensor3D;
    const { output, keyValues } = layer.apply(params, { query, memory, keyLengths: [5, 2] });
    expect(keyValues.shape).toEqual([2, 5, 8]);
    expect(layer.apply(params, { query, keyValues, keyLengths: [5, 2] }).output.dataSync()).toEqual(output.dataSync());
  });

  it("leaks nothing", () => {
    for (const config of [
      { features: 4, heads: 2 },
      { features: 4, heads: 2, causal: true, positions: "rotary", keyValueHeads: 1, dropout: 0.5 },
    ] as const) {
      const layer = multiHead(config),
        params = layer.init(key(1)),
        query = some([2, 3, 4], 1) as Tensor3D;
      for (const weights of [false, true]) {
        expectNoLeak(() => tidy(() => void layer.apply(params, { query, weights })));
        expectNoLeak(() =>
          tidy(() => void valueAndGrad((own: MultiHeadParams) => sum(layer.apply(own, { query }, { training: key(1) }).output) as Scalar)(params)),
        );
      }
      expectNoLeak(() => disposeTree(layer.init(key(2))));
    }
  });

  it("refuses inputs that do not fit, or that say the same twice", () => {
    const layer = multiHead({ features: 4, heads: 2, keyFeatures: 3 }),
      params = layer.init(key(1));
    const [query, memory] = [some([2, 3, 4], 1), some([2, 5, 3], 2)] as [Tensor3D, Tensor3D];
    const refused = (input: Partial<MultiHeadInput>) => expect(() => layer.apply(params, { query, memory, ...input }));
    refused({ keyValues: some([2, 5, 8], 1) as Tensor3D }).toThrow(
      "multiHead: keyValues stand for a memory and its past: leave out either these or keyValues.",
    );
    refused({ memory: some([1, 5, 3], 2) as Tensor3D }).toThrow("each of the 2 sequences of queries needs keys of its own, but there are 1 of these");
    refused({ keyLengths: [5] }).toThrow("one for each of the 2 sequences must be given, but there are 1");
    refused({ keyLengths: [5, 6] }).toThrow("each must be a whole number from 0 to the batch's 5 steps, but lengths[1] is 6");
    refused({ query: some([2, 3, 5], 1) as Tensor3D }).toThrow("must have 4 features, but x is [2,3,5]");
    refused({ memory: some([2, 5, 4], 1) as Tensor3D }).toThrow("must have 3 features, but x is [2,5,4]");
  });
});

describe("multiHead", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(layers, fc.boolean(), async ({ config, input, seed }, weights) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const layer = multiHead(config),
              given = input();
            const all: All = { own: someParams(config, seed), query: given.query, ...(given.memory && { memory: given.memory }) };
            const read = ({ own, query, memory }: All) =>
              layer.apply(own, { ...given, query: query as Tensor3D, memory: memory as Tensor3D | undefined, weights }).output;
            const { gradients } = valueAndGrad((all: All) => sum(read(all)) as Scalar)(all);
            return [read(all), ...named(gradients as never).values()];
          },
          1e-4,
        );
      }),
      { numRuns: 25 },
    );
  });

  it("starts each projection from numbers of its own, with biases of 0", async () => {
    await useBackend("simd");
    const params = multiHead({ features: 8, heads: 2, keyValueHeads: 1, keyFeatures: 6 }).init(key(1));
    expect([...named(params as never)].map(([path, { shape }]) => [path, shape])).toEqual([
      ["query.weight", [8, 8]],
      ["query.bias", [8]],
      ["keyValue.weight", [8, 6]],
      ["keyValue.bias", [8]],
      ["output.weight", [8, 8]],
      ["output.bias", [8]],
    ]);
    expect([...params.query.weight.dataSync()]).not.toEqual([...params.output.weight.dataSync()]);
    for (const part of Object.values(params)) expect([...(part.bias as Tensor).dataSync()]).toEqual(new Array(8).fill(0));
    expect([...named(multiHead({ features: 4, heads: 2, bias: false }).init(key(1)) as never).keys()]).toEqual([
      "query.weight",
      "keyValue.weight",
      "output.weight",
    ]);
  });

  it("permutes its outputs as its queries, when nothing tells their places", async () => {
    await useBackend("simd");
    const layer = multiHead({ features: 4, heads: 2 }),
      params = layer.init(key(1));
    const x = some([2, 4, 4], 1) as Tensor3D,
      places = tensor1d([2, 0, 3, 1], "int32");
    expectClose(layer.apply(params, { query: gather(x, places, 1) }).output.dataSync(), gather(layer.apply(params, { query: x }).output, places, 1).dataSync());
  });
});
