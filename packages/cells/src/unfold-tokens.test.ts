import { key, mapTree, useBackend } from "@refrain/core";
import { memory, mul, type Tensor, tensor2d, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, some } from "@refrain-tests/checks";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { recurrence } from "./recurrence.ts";
import { stack } from "./stack.ts";
import { unfoldReader } from "./unfold-reader.ts";
import { unfoldTokens } from "./unfold-tokens.ts";

const cell = stack([lstm({ input: 3, hidden: 4, bias: false }), lstm({ input: 4, hidden: 5, bias: false })]);
const config = { cell, vocabulary: 6 };
const writer = unfoldTokens(config);
/** Parameters that write something else at every step. */
function someParams() {
  const { readout, ...params } = writer.init(key(1));
  return {
    embedding: { weight: some([6, 3], 3, 2) as Tensor2D },
    cell: mapTree(params.cell, (leaf) => mul(leaf, 5)),
    readout: { weight: some([6, 5], 8, 3) as Tensor2D, bias: readout.bias },
  };
}

/** The logits after each token of a text, read as a whole: [step][token]. */
function logitsOf(params: ReturnType<typeof someParams>, text: readonly number[]): number[][] {
  return tidy(() => {
    const x = { table: params.embedding.weight, indices: tensor2d([...text], [1, text.length], "int32") };
    const { outputs } = recurrence(cell).apply(params.cell, { x });
    const [hidden, weight, bias] = [outputs, params.readout.weight, params.readout.bias as Tensor].map((t) => t.arraySync()) as [
      number[][][],
      number[][],
      number[],
    ];
    return (hidden[0] as number[][]).map((h) => weight.map((row, token) => row.reduce((s, w, i) => s + w * (h[i] as number), bias[token] as number))) as never;
  });
}
const likeliest = (logits: readonly number[]) => logits.indexOf(Math.max(...logits));

describe.each(BACKENDS)("unfoldTokens on %s", (backend) => {
  let params: ReturnType<typeof someParams>;
  beforeAll(async () => {
    await useBackend(backend);
    params = someParams();
  });

  it("takes the likeliest token at each step, each sequence by itself", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 6 }), (first, length) => {
        const { tokens } = tidy(() => writer.apply(params, { first, length }) as never) as { tokens: number[][] };
        first.forEach((token, row) => {
          const text = [token, ...(tokens[row] as number[])];
          expect(text.length).toBe(length + 1);
          expect(logitsOf(params, text.slice(0, -1)).map(likeliest)).toEqual(text.slice(1));
        });
      }),
      { numRuns: 10 },
    );
  });

  it("ends a sequence at the stop symbol, which it does not write, and leaves its state as it was then", () => {
    const free = writer.apply(params, { first: [0, 1, 2], length: 8 });
    const stop = free.tokens[1]?.[2] as number;
    const { tokens, state } = writer.apply(params, { first: [0, 1, 2], length: 8, stop });
    expect(tokens).toEqual(free.tokens.map((text) => (text.includes(stop) ? text.slice(0, text.indexOf(stop)) : text)));
    expect(new Set(tokens.map((text) => text.length)).size).toBeGreaterThan(1);
    const alone = recurrence(cell).apply(params.cell, {
      x: { table: params.embedding.weight, indices: tensor2d([[1, ...(tokens[1] ?? [])]], [1, 1 + (tokens[1]?.length ?? 0)], "int32") },
    });
    expectClose(state[1]?.c.dataSync().slice(5, 10) ?? [], alone.state[1]?.c.dataSync() ?? []);
  });

  it("asks the sampler for each sequence that is running, with its logits and all its tokens", () => {
    const asked: { logits: number[]; previous: number[] }[] = [];
    const { tokens } = writer.apply(params, {
      first: [3, 4],
      length: 3,
      stop: 0,
      sampler(logits, previous) {
        asked.push({ logits: [...logits], previous: [...previous] });
        logits.fill(0);
        return previous[0] === 3 ? 5 : previous.length === 2 ? 0 : 1;
      },
    });
    expect(tokens).toEqual([[5, 5, 5], [1]]);
    expect(asked.map(({ previous }) => previous)).toEqual([[3], [4], [3, 5], [4, 1], [3, 5, 5]]);
    for (const { logits, previous } of asked) expectClose(logits, logitsOf(params, previous).at(-1) ?? []);
  });

  it("starts from a state, which stays the caller's", () => {
    const { state } = recurrence(cell).apply(params.cell, { x: some([1, 4, 3], 2) as Tensor3D });
    const from = writer.apply(params, { first: [0], state, length: 6 });
    const [h] = [state[0]?.h.dataSync()];
    expect(from.tokens).not.toEqual(writer.apply(params, { first: [0], length: 6 }).tokens);
    expect(writer.apply(params, { first: [0], state, length: 6 }).tokens).toEqual(from.tokens);
    expect(state[0]?.h.dataSync()).toEqual(h);
  });

  it("leaves nothing but the state behind, even where a sampler throws", () => {
    expectNoLeak(() => tidy(() => void writer.apply(params, { first: [0, 1], length: 3, stop: 2 })));
    const before = memory().numTensors;
    const { state } = writer.apply(params, { first: [0, 1], length: 3, stop: 2 });
    expect(memory().numTensors - before).toBe(4);
    for (const part of state) for (const tensor of Object.values(part)) tensor.dispose();
    const sampler = () => {
      throw new Error("no more");
    };
    expect(() => writer.apply(params, { first: [0], length: 3, sampler })).toThrow("no more");
    expect(memory().numTensors).toBe(before);
  });

  it("reads from any place on, as often as asked", () => {
    const reader = unfoldReader(config, params);
    const before = memory().numTensors;
    const start = reader.read([3, 1]);
    for (const token of [0, 5, 0]) {
      const { logits, hidden } = reader.read([token, 2], start.place);
      expectClose(logits, logitsOf(params, [3, 1, token, 2]).at(-1) ?? []);
      expect(hidden.length).toBe(5);
      expectClose(
        logits,
        tidy(() => {
          const [weight, bias] = [params.readout.weight.arraySync(), params.readout.bias?.dataSync() ?? []];
          return weight.map((row, i) => row.reduce((s, w, j) => s + w * (hidden[j] as number), bias[i] as number)) as never;
        }) as number[],
      );
    }
    expect(memory().numTensors - before).toBe(4 * 4);
    reader.release(start.place);
    expect(() => reader.read([1], start.place)).toThrow("the place was released");
    expect(memory().numTensors - before).toBe(3 * 4);
    reader.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it("reads from a state of the caller's", () => {
    const { state } = recurrence(cell).apply(params.cell, { x: some([1, 4, 3], 2) as Tensor3D });
    const reader = unfoldReader(config, params, state);
    const text = [0];
    for (let i = 0; i < 5; i++) text.push(likeliest([...reader.read(text).logits]));
    expect(text.slice(1)).toEqual(writer.apply(params, { first: [0], state, length: 5 }).tokens[0]);
    reader.dispose();
    expect(state[0]?.h.isDisposed).toBe(false);
  });

  it("refuses what is no token, no length and no training", () => {
    const call = (more: object) => () => writer.apply(params, { first: [0], length: 2, ...more });
    expect(call({ length: 0 })).toThrow(new RangeError("unfoldTokens: length must be a whole number of at least 1, but is 0."));
    expect(call({ first: [] })).toThrow("unfoldTokens: there must be a first token for at least one sequence.");
    expect(call({ first: [6] })).toThrow("unfoldTokens: a first token must be one of the 6 tokens, 0 to 5, but is 6.");
    expect(call({ stop: -1 })).toThrow("unfoldTokens: the stop symbol must be one of the 6 tokens, 0 to 5, but is -1.");
    expect(call({ sampler: () => 1.5 })).toThrow("unfoldTokens: the sampler's choice must be one of the 6 tokens, 0 to 5, but is 1.5.");
    expect(() => writer.apply(params, { first: [0], length: 1 }, { training: key(1) })).toThrow("unfoldTokens: it writes in inference only.");
    expect(() => unfoldTokens({ cell, vocabulary: 0 })).toThrow("unfoldTokens: vocabulary must be a whole number of at least 1, but is 0.");
    const reader = unfoldReader(config, params);
    expect(() => reader.read([])).toThrow("unfoldReader: there must be at least one token to read.");
    expect(() => reader.read([0, 7])).toThrow("unfoldReader: a token must be one of the 6 tokens, 0 to 5, but is 7.");
    expect(() => reader.read([0], {})).toThrow("unfoldReader: the place was released, or is another reader's.");
  });
});

describe("unfoldTokens", () => {
  it("has parameters for the embedding, the cell and the readout, and a config that builds it again", async () => {
    await useBackend("simd");
    const small = unfoldTokens({ cell: gru({ input: 2, hidden: 3 }), vocabulary: 4 });
    const { embedding, readout } = small.init(key(1));
    expect([embedding.weight.shape, readout.weight.shape, readout.bias?.shape]).toEqual([[4, 2], [4, 3], [4]]);
    expect(small).toMatchObject({ kind: "unfold-tokens", config: { cell: { kind: "gru" }, vocabulary: 4 } });
  });
});
