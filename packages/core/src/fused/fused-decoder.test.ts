import {
  add,
  gather,
  matMul,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { expectClose, expectNoLeak, some } from "@refrain-tests/checks";
import { memoryInUse, useBackend } from "../use-backend.ts";
import { type DecoderModel, type DecoderState, type FusedDecoder, fusedDecoder } from "./fused-decoder.ts";
import { fusedRecurrence } from "./fused-recurrence.ts";
import { RECURRENT_KERNELS, type RecurrentKind } from "./recurrent-kernels.ts";

const KINDS = Object.keys(RECURRENT_KERNELS) as RecurrentKind[];

type Sizes = { vocabulary: number; width: number; hidden: number; depth: number; bias: "both" | "input" | "hidden" | "none" };

function modelOf(kind: RecurrentKind, { vocabulary, width, hidden, depth, bias }: Sizes): DecoderModel {
  const gates = RECURRENT_KERNELS[kind].gates * hidden;
  const layers = Array.from({ length: depth }, (_, i) => ({
    weightInput: some([gates, i === 0 ? width : hidden], 10 + i, 0.4) as Tensor2D,
    weightHidden: some([gates, hidden], 20 + i, 0.4) as Tensor2D,
    ...((bias === "both" || bias === "input") && { biasInput: some([gates], 30 + i) as Tensor1D }),
    ...((bias === "both" || bias === "hidden") && { biasHidden: some([gates], 40 + i) as Tensor1D }),
  }));
  return {
    kind,
    embedding: some([vocabulary, width], 1) as Tensor2D,
    layers,
    head: { weight: some([vocabulary, hidden], 2) as Tensor2D, ...(bias !== "none" && { bias: some([vocabulary], 3) }) },
  };
}

/** The logits [time, vocabulary] and top hidden states [time, hidden] after each token, from whole sequences. */
function wholeSequence({ kind, embedding, layers, head }: DecoderModel, tokens: readonly number[]): { logits: Float32Array; hiddens: Float32Array } {
  const hidden = head.weight.shape[1];
  let x = gather(embedding, tensor2d([...tokens], [1, tokens.length], "int32")) as Tensor as Tensor3D;
  for (const layer of layers) {
    const start = { h: zeros([1, hidden]) as Tensor2D, ...(RECURRENT_KERNELS[kind].cell && { c: zeros([1, hidden]) as Tensor2D }) };
    x = (fusedRecurrence(kind, { x, ...layer, ...start }) as NonNullable<ReturnType<typeof fusedRecurrence>>).outputs;
  }
  const logits = matMul(reshape(x, [tokens.length, hidden]), transpose(head.weight));
  return { logits: (head.bias ? add(logits, head.bias) : logits).dataSync<"float32">(), hiddens: x.dataSync<"float32">() };
}

const start = (model: DecoderModel) => fusedDecoder(model) as FusedDecoder;
const SMALL: Sizes = { vocabulary: 5, width: 3, hidden: 4, depth: 2, bias: "both" };

describe.each(KINDS)("fusedDecoder of %s", (kind) => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it("gives token by token the logits and hidden states of the whole sequence", () => {
    const sizes = fc.record({
      vocabulary: fc.integer({ min: 1, max: 20 }),
      width: fc.integer({ min: 1, max: 9 }),
      hidden: fc.integer({ min: 1, max: 20 }),
      depth: fc.integer({ min: 1, max: 3 }),
      bias: fc.constantFrom("both" as const, "input" as const, "hidden" as const, "none" as const),
    });
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(1000), { minLength: 1, maxLength: 7 }), (size, drawn) =>
        tidy(() => {
          const model = modelOf(kind, size),
            decoder = start(model);
          const tokens = drawn.map((token) => token % size.vocabulary);
          const expected = wholeSequence(model, tokens);
          let state: DecoderState | undefined;
          tokens.forEach((token, time) => {
            const next = decoder.read([token], state);
            expectClose(next.logits, expected.logits.subarray(time * size.vocabulary, (time + 1) * size.vocabulary), 1e-4);
            expectClose(next.hidden, expected.hiddens.subarray(time * size.hidden, (time + 1) * size.hidden), 1e-4);
            state = next.state;
          });
          decoder.dispose();
        }),
      ),
      { numRuns: 40 },
    );
  });

  it("leaves the given state as it was, so that a text can go on in several ways", () => {
    const decoder = start(modelOf(kind, SMALL));
    const { state } = decoder.read([1]);
    const first = decoder.read([2], state).logits;
    expect(decoder.read([3], state).logits).not.toEqual(first);
    expect(decoder.read([2], state).logits).toEqual(first);
    expect(decoder.read([1]).logits).toEqual(decoder.read([1]).logits);
    decoder.dispose();
  });

  it("hands out logits that the next token does not change", () => {
    const decoder = start(modelOf(kind, SMALL));
    const { logits, state } = decoder.read([0]),
      kept = [...logits];
    logits.fill(0);
    expect([...decoder.read([0]).logits]).toEqual(kept);
    decoder.read([4], state);
    expect([...logits]).toEqual([0, 0, 0, 0, 0]);
    decoder.dispose();
  });

  it("hands out a hidden state of the caller's own, kept once taken, and not to be had from a state that was released", () => {
    const decoder = start(modelOf(kind, SMALL));
    const first = decoder.read([0]),
      untaken = decoder.read([1], first.state);
    const taken = first.hidden,
      kept = [...taken];
    for (const { state } of [first, untaken]) decoder.release(state);
    // What comes now lies where the released states lay.
    const after = [decoder.read([2]), decoder.read([3])];
    expect(first.hidden).toBe(taken);
    expect([...taken]).toEqual(kept);
    expect(() => untaken.hidden).toThrow(/this state was released/);
    for (const { hidden } of after) hidden.fill(7);
    expect([...decoder.read([0]).hidden]).toEqual(kept);
    decoder.dispose();
  });

  it.each(["f32", "int8"] as const)("reads several texts at once as one by one, bit for bit, with %s weights", (weights) => {
    const decoder = fusedDecoder(modelOf(kind, SMALL), weights) as FusedDecoder;
    const [a, b] = [decoder.read([1, 2]), decoder.read([3])];
    const steps = [{ token: 4, state: a.state }, { token: 0, state: b.state }, { token: 2 }, { token: 4, state: a.state }];
    const together = decoder.readEach(steps),
      alone = steps.map(({ token, state }) => decoder.read([token], state));
    expect(together.map(({ logits }) => logits)).toEqual(alone.map(({ logits }) => logits));
    expect(together.map(({ hidden }) => hidden)).toEqual(alone.map(({ hidden }) => hidden));
    const on = (readings: typeof alone) => decoder.readEach(readings.map(({ state }) => ({ token: 1, state }))).map(({ logits }) => logits);
    expect(on(together)).toEqual(on(alone));
    expect(decoder.readEach([])).toEqual([]);
    decoder.dispose();
  });

  it("foretells with int8 weights nearly what it does with its own", () => {
    const size: Sizes = { vocabulary: 30, width: 16, hidden: 24, depth: 2, bias: "both" };
    const model = modelOf(kind, size);
    const [exact, rounded] = [start(model), fusedDecoder(model, "int8") as FusedDecoder];
    const tokens = [3, 29];
    const error = exact.read(tokens).logits.map((logit, i) => logit - (rounded.read(tokens).logits[i] as number));
    const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    expect(norm(error)).toBeGreaterThan(0);
    expect(norm(error)).toBeLessThan(0.05 * norm(exact.read(tokens).logits));
    for (const decoder of [exact, rounded]) decoder.dispose();
  });

  it("writes logits into an array that it is given, of the right size only", () => {
    const decoder = start(modelOf(kind, SMALL));
    const { logits } = decoder.read([1]),
      into = new Float32Array(5);
    expect(decoder.read([1], undefined, into).logits).toBe(into);
    expect(into).toEqual(logits);
    expect(() => decoder.read([1], undefined, new Float32Array(4))).toThrow("the logits are of 5 tokens, but the array to write them into has 4 places.");
    expect(() => decoder.read([])).toThrow(/at least one token/);
    decoder.dispose();
  });

  it("makes no tensors, and gives back a state's memory when it is released and all of it when disposed", () => {
    const model = modelOf(kind, SMALL);
    expectNoLeak(() => {
      const decoder = start(model);
      const { state } = decoder.read([1]);
      const held = memoryInUse();
      const next = decoder.read([2], state).state;
      expect(memoryInUse().tensors).toBe(held.tensors);
      decoder.release(next);
      decoder.release(next);
      expect(memoryInUse()).toEqual(held);
      decoder.read([3]);
      decoder.dispose();
    });
  });

  it.each([-1, 5, 1.5, Number.NaN])("refuses the token %d, which the vocabulary has not, and keeps nothing of the attempt", (token) => {
    const decoder = start(modelOf(kind, SMALL));
    expectNoLeak(() => {
      expect(() => decoder.read([token])).toThrow(RangeError);
      expect(() => decoder.read([token])).toThrow(`decoder: token ${token} is none of the vocabulary's 0 to 4.`);
    });
    decoder.dispose();
  });

  it("is not to be had where the backend is not simd", async () => {
    await useBackend("cpu");
    expect(fusedDecoder(modelOf(kind, SMALL))).toBeUndefined();
  });
});

describe("a decoder that is used wrongly", () => {
  const sizes: Sizes = { vocabulary: 5, width: 3, hidden: 4, depth: 2, bias: "both" };

  beforeEach(async () => {
    await useBackend("simd");
  });

  it("refuses a state that was released, and reading after its end, which may come twice", () => {
    const decoder = fusedDecoder(modelOf("lstm", sizes)) as FusedDecoder;
    const { state } = decoder.read([1]);
    decoder.release(state);
    expect(() => decoder.read([2], state)).toThrow(/this state was released/);
    // Another state may have taken its place in memory.
    decoder.read([3]);
    expect(() => decoder.read([2], state)).toThrow(/this state was released/);
    decoder.dispose();
    decoder.dispose();
    expect(() => decoder.read([1])).toThrow(/released/);
  });

  it("refuses layers that are not of one width", () => {
    const model = modelOf("lstm", sizes);
    const other = modelOf("lstm", { ...sizes, hidden: 6 });
    expect(() => fusedDecoder({ ...model, layers: other.layers })).toThrow(/weightInput of layer 0 must be \[16,3\], but is \[24,3\]/);
  });

  it("refuses a head of another vocabulary than the embedding's", () => {
    const model = modelOf("lstm", sizes);
    expect(() => fusedDecoder({ ...model, head: { weight: some([50, 4], 1) as Tensor2D } })).toThrow(
      "decoder: the head's weight must be [5,4], but is [50,4].",
    );
  });
});
