import { disposeTree, generator, key, mapTree, memoryInUse, useBackend } from "@refrain/core";
import { expectClose, some } from "@refrain-tests/checks";
import { add, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { composedDecoder } from "./composed-decoder.ts";
import { fusedGptDecoder } from "./fused-gpt-decoder.ts";
import type { Decoder, Place, Reading } from "./decoder.ts";
import { type Gpt, gpt, type GptConfig, type GptParams } from "./gpt.ts";

const SMALL: GptConfig = { vocabulary: 11, context: 6, features: 8, heads: 4, layers: 2 };

const KINDS: Record<string, Partial<GptConfig>> = {
  "learned positions": {},
  "sinusoidal positions": { positions: "sinusoidal" },
  "rotary positions": { positions: "rotary" },
  "rotary positions without biases": { positions: "rotary", bias: false },
  ALiBi: { positions: "alibi" },
  "shared key/value heads": { keyValueHeads: 2, positions: "alibi" },
  "RMS norms and SwiGLU": { norm: "rms", activation: "swiglu", bias: false },
  relu: { activation: "relu", hidden: 5 },
  "gelu by tanh, not tied": { activation: "gelu-tanh", tied: false },
};

/** Parameters that all count, biases too. */
function stirred(model: Gpt): GptParams {
  let place = 0;
  return tidy(() => mapTree(model.init(key(3)), (leaf) => add(leaf, some(leaf.shape, place++, 0.4))) as never);
}

/** Tokens of the small vocabulary. */
const someTokens = (count: number, seed: number): number[] => {
  const random = generator(key(seed));
  return Array.from({ length: count }, () => Math.floor(random() * SMALL.vocabulary));
};

describe.each(Object.entries(KINDS))("a gpt with %s, decoded by the kernels", (_, kind) => {
  const model = gpt({ ...SMALL, ...kind });
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("foretells what its own operations do, far beyond its context too", () => {
    const params = stirred(model);
    const [fused, composed] = [fusedGptDecoder(model, params) as Decoder, composedDecoder(model, params)];
    let ours: Reading | undefined, reference: Reading | undefined;
    for (const token of someTokens(20, 1)) {
      ours = fused.read([token], ours?.place);
      reference = composed.read([token], reference?.place);
      expectClose(ours.logits, reference.logits, 1e-4);
      expectClose(ours.hidden, reference.hidden, 1e-4);
    }
    for (const reader of [fused, composed]) reader.dispose();
    disposeTree(params);
  });
});

describe.each(Object.entries(KINDS))("several texts of a gpt with %s", (_, kind) => {
  const model = gpt({ ...SMALL, ...kind });
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(["f32", "int8"] as const)("are read at once as one by one, bit for bit, also where one of them forgets: %s", (weights) => {
    const params = stirred(model);
    const reader = fusedGptDecoder(model, params, weights) as Decoder;
    const starts = [[1, 2, 3, 4], [5], [7, 7]].map((tokens) => reader.read(tokens).place);
    for (let places = starts, token = 0; token < 5; token++) {
      const steps = places.map((place, text) => ({ token: token + text, place }));
      const [together, alone] = [reader.readEach(steps), steps.map((step) => reader.read([step.token], step.place))];
      const told = (readings: Reading[]) => readings.map(({ logits, hidden }) => [logits, hidden]);
      expect(told(together)).toEqual(told(alone));
      places = together.map(({ place }) => place);
    }
    reader.dispose();
    disposeTree(params);
  });
});

describe("a gpt whose output layer has weights of its own", () => {
  it("is read where its embedding only then comes into the heap, which grows by it", async () => {
    await useBackend("simd");
    const model = gpt({ vocabulary: 8000, context: 4, features: 256, heads: 1, layers: 1, tied: false });
    const params = model.init(key(1));
    const [fused, composed] = [fusedGptDecoder(model, params) as Decoder, composedDecoder(model, params)];
    expectClose(fused.read([1, 7999]).logits, composed.read([1, 7999]).logits, 1e-4);
    for (const reader of [fused, composed]) reader.dispose();
    disposeTree(params);
  });
});

describe("places of a gpt", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("are values: each can be read on from in any order, and all memory comes back", () => {
    const model = gpt({ ...SMALL, positions: "alibi" });
    const params = stirred(model);
    // The first reading moves the parameters into the heap.
    const first = fusedGptDecoder(model, params) as Decoder;
    first.read([1]);
    first.dispose();
    const before = memoryInUse();
    // A tree of texts: each grows from one that was read before.
    const growths = fc.array(fc.record({ from: fc.nat(), token: fc.nat({ max: SMALL.vocabulary - 1 }) }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(growths, (steps) => {
        const reader = fusedGptDecoder(model, params) as Decoder;
        const texts: { tokens: number[]; place?: Place }[] = [{ tokens: [] }];
        for (const { from, token } of steps) {
          const parent = texts[from % texts.length] as (typeof texts)[number];
          if (parent.tokens.length >= SMALL.context) continue;
          const { place, logits } = reader.read([token], parent.place);
          const tokens = [...parent.tokens, token];
          const alone = reader.read(tokens);
          expect([...logits]).toEqual([...alone.logits]);
          reader.release(alone.place);
          texts.push({ tokens, place });
        }
        for (const { place } of texts) if (place) reader.release(place);
        reader.dispose();
      }),
      { numRuns: 30 },
    );
    expect(memoryInUse()).toEqual(before);
    disposeTree(params);
  });

  it("take no memory of their own where a text goes on from the last one that is held", () => {
    const model = gpt(SMALL);
    const params = stirred(model);
    const reader = fusedGptDecoder(model, params) as Decoder;
    const { place } = reader.read([1, 2]);
    const held = memoryInUse();
    for (const token of [3, 4, 5]) {
      const next = reader.read([token], place);
      expect(memoryInUse()).toEqual(held);
      reader.release(next.place);
    }
    reader.dispose();
    disposeTree(params);
  });

  it("that were released, and tokens that are none, are refused", () => {
    const model = gpt(SMALL);
    const params = stirred(model);
    const reader = fusedGptDecoder(model, params) as Decoder;
    const { place } = reader.read([1, 2]);
    reader.release(place);
    expect(() => reader.read([1], place)).toThrow(/released/);
    expect(() => reader.read([11])).toThrow(/token 11/);
    expect(() => reader.read([])).toThrow(/at least one token/);
    reader.dispose();
    disposeTree(params);
  });
});
