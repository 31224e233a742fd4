import { key, mapTree, named, type TensorTree, useBackend } from "@refrain/core";
import { eye, fill, mul, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { gru } from "./gru.ts";
import { lstm, type LstmCell } from "./lstm.ts";
import type { LstmConfig, LstmParams } from "./lstm-parameters.ts";
import { recurrence } from "./recurrence.ts";

const sizes = fc.record({ input: fc.integer({ min: 1, max: 6 }), hidden: fc.integer({ min: 1, max: 6 }), bias: fc.boolean() });
const shapesOf = (tree: TensorTree) => Object.fromEntries([...named(tree)].map(([path, { shape }]) => [path, shape]));
const numbersOf = (params: LstmParams, path: string) => [
  ...(named(params as TensorTree)
    .get(path)
    ?.dataSync() ?? []),
];

/** Fails unless both give the same outputs and last states of some padded sequences. */
function expectSame(a: LstmCell, b: LstmCell, params: [LstmParams, LstmParams]): void {
  const x = some([3, 4, a.inputSize], 2) as Tensor3D;
  const [one, other] = [a, b].map((cell, i) => recurrence(cell).apply(params[i] as LstmParams, { x, lengths: [4, 1, 3] }));
  for (const part of ["h", "c"] as const) expectClose(one?.state[part].dataSync() ?? [], other?.state[part].dataSync() ?? [Number.NaN]);
  expectClose(one?.outputs.dataSync() ?? [], other?.outputs.dataSync() ?? [Number.NaN]);
}

describe.each(BACKENDS)("lstm on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(["diagonal", "full"] as const)("with %s peepholes of zeros is the plain cell", (peepholes) => {
    fc.assert(
      fc.property(sizes, (config) =>
        tidy(() => {
          const cell = lstm({ ...config, peepholes }),
            params = cell.init(key(1));
          const { peepholes: holes, ...plain } = params;
          expectSame(cell, lstm(config), [{ ...plain, peepholes: mapTree(holes as never, ({ shape }) => zeros(shape)) }, plain]);
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("with full peepholes that see nothing but their own unit has diagonal ones", () => {
    const cell = lstm({ input: 2, hidden: 3, peepholes: "diagonal" }),
      params = cell.init(key(1));
    const full = mapTree(params.peepholes as never, (leaf) => mul(eye(3), leaf));
    expectSame(cell, lstm({ input: 2, hidden: 3, peepholes: "full" }), [params, { ...params, peepholes: full }]);
  });

  it("with the identity for a projection is the plain cell", () => {
    fc.assert(
      fc.property(sizes, (config) =>
        tidy(() => {
          const cell = lstm({ ...config, projection: config.hidden }),
            { weightProjection: _, ...plain } = cell.init(key(1));
          expectSame(cell, lstm(config), [{ ...plain, weightProjection: eye(config.hidden) }, plain]);
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("with layer norm gives the same for weights of any scale", () => {
    // Up to the norm's epsilon, so the weights are large to begin with.
    const cell = lstm({ input: 4, hidden: 5, layerNorm: true }),
      params = cell.init(key(1));
    const scaled = (by: number) => ({ ...params, weightInput: mul(params.weightInput, by), weightHidden: mul(params.weightHidden, by) }) as LstmParams;
    const state = { h: fill([2, 5], 1), c: some([2, 5], 4) } as never;
    const [one, other] = [50, 5000].map((by) => cell.step(scaled(by), state, some([2, 4], 3) as never));
    expectClose(one?.output.dataSync() ?? [], other?.output.dataSync() ?? [], 1e-4);
  });

  it("starts with parts in the shapes that its config asks for", () => {
    const params = (config: LstmConfig) => shapesOf(lstm(config).init(key(1)) as TensorTree);
    const base = { weightInput: [12, 2], weightHidden: [12, 3], biasInput: [12], biasHidden: [12] };
    const peepholes = (shape: number[]) => ({ "peepholes.input": shape, "peepholes.forget": shape, "peepholes.output": shape });
    expect(params({ input: 2, hidden: 3, peepholes: "diagonal" })).toEqual({ ...base, ...peepholes([3]) });
    expect(params({ input: 2, hidden: 3, peepholes: "full" })).toEqual({ ...base, ...peepholes([3, 3]) });
    expect(params({ input: 2, hidden: 3, projection: 5 })).toEqual({ ...base, weightHidden: [12, 5], weightProjection: [5, 3] });
    expect(params({ input: 2, hidden: 3, layerNorm: true })).toEqual({
      ...base,
      ...Object.fromEntries(
        ["weight", "bias"].flatMap((name) =>
          [
            ["input", 12],
            ["hidden", 12],
            ["cell", 3],
          ].map(([of, size]) => [`norms.${of}.${name}`, [size]]),
        ),
      ),
    });
  });

  it("writes its projection, which is what its state carries, beside a cell state of all hidden units", () => {
    const cell = lstm({ input: 2, hidden: 6, projection: 4 });
    expect(cell.hiddenSize).toBe(4);
    expect(shapesOf(cell.initialState(3))).toEqual({ h: [3, 4], c: [3, 6] });
    expect(recurrence(cell).apply(cell.init(key(1)), { x: some([3, 5, 2], 1) as Tensor3D }).outputs.shape).toEqual([3, 5, 4]);
  });

  it("starts its forget gates, and nothing else, where forgetBias says", () => {
    const [plain, open] = [undefined, 1].map((forgetBias) => lstm({ input: 2, hidden: 3, forgetBias }).init(key(1))) as [LstmParams, LstmParams];
    expect(numbersOf(open, "biasInput").slice(3, 6)).toEqual([1, 1, 1]);
    expect(numbersOf(open, "biasHidden").slice(3, 6)).toEqual([0, 0, 0]);
    for (const path of named(plain as TensorTree).keys()) {
      const others = (params: LstmParams) => numbersOf(params, path).filter((_, i) => !path.startsWith("bias") || i < 3 || i >= 6);
      expect(others(open)).toEqual(others(plain));
    }
  });
});

describe("lstm", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("has a config that builds it again", () => {
    const config = { input: 2, hidden: 3, bias: false, peepholes: "full", projection: 2, layerNorm: true } as const;
    expect(lstm(config).config).toEqual(config);
    expect(lstm({ input: 2, hidden: 3, forgetBias: 0 }).config).toEqual({ input: 2, hidden: 3, bias: true, forgetBias: 0 });
    expect(gru({ input: 2, hidden: 3, layerNorm: true }).config).toEqual({ input: 2, hidden: 3, bias: true, reset: "after", layerNorm: true });
  });

  it("says what is wrong with its config", () => {
    const make = (config: object) => () => lstm({ input: 2, hidden: 3, ...config });
    expect(make({ peepholes: "round" })).toThrow('lstm: peepholes must be "diagonal" or "full", but are "round".');
    for (const projection of [0, 1.5]) expect(make({ projection })).toThrow(`lstm: projection must be a whole number of at least 1, but is ${projection}.`);
    expect(make({ forgetBias: Number.NaN })).toThrow("lstm: forgetBias must be a finite number, but is NaN.");
    expect(make({ forgetBias: 1, bias: false })).toThrow("lstm: forgetBias sets the forget gate's biases, but bias is false: leave one of them out.");
  });

  it.each([
    [{}, { peepholes: "diagonal" }, "peepholes of shape none, but they have [3]"],
    [{ peepholes: "full" }, { peepholes: "diagonal" }, "peepholes of shape [3,3], but they have [3]"],
    [{ projection: 3 }, {}, "weightProjection of shape [3,3], but they have none"],
    [{}, { layerNorm: true }, "norms of shape none, but they have [3]"],
  ] as const)("with config %j refuses parameters for %j, which it would ignore", (config, other, message) => {
    const [cell, params] = [lstm({ input: 2, hidden: 3, ...config }), lstm({ input: 2, hidden: 3, ...other }).init(key(1))];
    expect(() => cell.step(params, cell.initialState(1), zeros([1, 2]))).toThrow(message);
    expect(() => recurrence(cell).apply(params, { x: zeros([1, 2, 2]) })).toThrow(message);
  });

  it("has a GRU beside it that refuses norms it would ignore, and a lack of those it has", () => {
    const [plain, normed] = [gru({ input: 2, hidden: 3 }), gru({ input: 2, hidden: 3, layerNorm: true })];
    expect(() => recurrence(plain).apply(normed.init(key(1)), { x: zeros([1, 2, 2]) })).toThrow("gru: layerNorm is false, but the parameters have norms.");
    expect(() => recurrence(normed).apply(plain.init(key(1)), { x: zeros([1, 2, 2]) })).toThrow("gru: layerNorm is true, but the parameters have no norms.");
  });
});
