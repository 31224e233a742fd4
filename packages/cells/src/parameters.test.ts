import { key, named, type TensorTree, useBackend } from "@refrain/core";
import { beforeAll, describe, expect, it } from "vitest";
import { PLAIN } from "./every-cell.test-helper.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { rnn } from "./rnn.ts";

const GATES: Record<string, number> = { "rnn with tanh": 1, "rnn with relu": 1, lstm: 4, "gru with reset after": 3, "gru with reset before": 3 };

describe.each(PLAIN)("%s", (name, make) => {
  const gates = GATES[name] as number;
  const shapesOf = (tree: unknown) => Object.fromEntries([...named(tree as TensorTree)].map(([path, { shape }]) => [path, shape]));

  beforeAll(async () => {
    await useBackend("simd");
  });

  it("has parameters in PyTorch's layout, biases where they are wanted", () => {
    const weights = { weightInput: [gates * 5, 3], weightHidden: [gates * 5, 5] };
    expect(shapesOf(make({ input: 3, hidden: 5 }).init(key(1)))).toEqual({ ...weights, biasInput: [gates * 5], biasHidden: [gates * 5] });
    expect(shapesOf(make({ input: 3, hidden: 5, bias: false }).init(key(1)))).toEqual(weights);
  });

  it("starts uniform within 1 / sqrt(hidden), each parameter from numbers of its own", () => {
    const params = named(make({ input: 100, hidden: 100 }).init(key(2)) as TensorTree);
    const seen = new Set<number>();
    for (const leaf of params.values()) {
      const values = [...leaf.dataSync()];
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
      expect(Math.max(...values)).toBeGreaterThan(0.09);
      expect(Math.abs(values.reduce((a, b) => a + b) / values.length)).toBeLessThan(0.02);
      seen.add(values[0] as number);
    }
    expect(seen.size).toBe(params.size);
  });

  it("starts the same from the same key, otherwise from another", () => {
    const cell = make({ input: 2, hidden: 3 });
    const numbers = (seed: number) => [...named(cell.init(key(seed)) as TensorTree).values()].map((leaf) => [...leaf.dataSync()]);
    expect(numbers(5)).toEqual(numbers(5));
    expect(numbers(5)).not.toEqual(numbers(6));
  });

  it("begins with a state of zeros", () => {
    const state = make({ input: 2, hidden: 3 }).initialState(4);
    expect(shapesOf(state)).toEqual(name === "lstm" ? { h: [4, 3], c: [4, 3] } : { h: [4, 3] });
    for (const field of Object.values(state)) expect([...field.dataSync()]).toEqual(new Array(12).fill(0));
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses sizes of %d", (size) => {
    const { kind } = make({ input: 1, hidden: 1 });
    for (const [field, sizes] of [
      ["input", { input: size, hidden: 2 }],
      ["hidden", { input: 2, hidden: size }],
    ] as const) {
      expect(() => make(sizes)).toThrow(RangeError);
      expect(() => make(sizes)).toThrow(`${kind}: ${field} must be a whole number of at least 1, but is ${size}.`);
    }
  });
});

describe("a cell's config", () => {
  it("builds it again", () => {
    expect(rnn({ input: 2, hidden: 3 })).toMatchObject({
      kind: "rnn",
      config: { input: 2, hidden: 3, bias: true, nonlinearity: "tanh" },
      inputSize: 2,
      hiddenSize: 3,
    });
    expect(lstm({ input: 2, hidden: 3, bias: false })).toMatchObject({
      kind: "lstm",
      config: { input: 2, hidden: 3, bias: false },
      inputSize: 2,
      hiddenSize: 3,
    });
    expect(gru({ input: 2, hidden: 3, reset: "before" })).toMatchObject({ kind: "gru", config: { input: 2, hidden: 3, bias: true, reset: "before" } });
  });

  it("is refused where a choice is none of those offered", () => {
    expect(() => rnn({ input: 1, hidden: 1, nonlinearity: "gelu" as "relu" })).toThrow('rnn: nonlinearity must be "tanh" or "relu", but is "gelu".');
    expect(() => gru({ input: 1, hidden: 1, reset: "never" as "after" })).toThrow('gru: reset must be "after" or "before", but is "never".');
  });
});
