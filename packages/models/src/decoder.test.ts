import { disposeTree, key, mapTree, memoryInUse, useBackend } from "@refrain/core";
import { greedy } from "@refrain/losses/sampling";
import { add, tensor2d, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { charRnn } from "./char-rnn.ts";
import { composedDecoder } from "./composed-decoder.ts";
import { decoder, type Place } from "./decoder.ts";
import { generate } from "./generate.ts";
import { gpt, type GptConfig, type GptParams } from "./gpt.ts";
import { rewrite } from "./rewrite.ts";

const VOCABULARY = 7;
const TINY: GptConfig = { vocabulary: VOCABULARY, context: 6, features: 4, heads: 2, layers: 2 };

/** A model whose parameters all count. */
function stirred(config: Partial<GptConfig>) {
  const model = gpt({ ...TINY, ...config });
  const params = tidy(() => {
    let place = 0;
    return mapTree(model.init(key(1)), (leaf) => add(leaf, some(leaf.shape, place++, 0.4))) as never;
  }) as GptParams;
  return { model, params };
}

/** The logits after each of these tokens, read at once and with no state: [time][vocabulary]. */
function logitsOf({ model, params }: ReturnType<typeof stirred>, tokens: readonly number[]): number[][] {
  return tidy(() => model.apply(params, { tokens: tensor2d([...tokens], [1, tokens.length], "int32") }).logits.arraySync() as never)[0] as number[][];
}

/** What is in view after these tokens, one after the other. */
function kept(before: readonly number[], added: readonly number[], context: number): number[] {
  let view = [...before];
  for (const token of added) view = [...view, token].slice(view.length < context ? 0 : -Math.max(1, Math.floor(context / 2)));
  return view;
}

const indexOfLargest = (logits: readonly number[]) => logits.indexOf(Math.max(...logits));

const texts = (most: number) => fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: most });

describe.each([...BACKENDS.map((backend) => [composedDecoder, backend] as const), [decoder, "simd"] as const])("%o of gpt on %s", (make, backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each<Partial<GptConfig>>([
    {},
    { positions: "sinusoidal" },
    { positions: "rotary" },
    { positions: "alibi" },
    { context: 1 },
    { context: 2 },
    { context: 5 },
  ])("goes on when it has seen as many tokens as it can, as if it had read the last half of them alone: %j", (config) => {
    const own = stirred(config),
      { context = 6 } = config;
    const before = memoryInUse();
    fc.assert(
      fc.property(fc.array(texts(2 * context + 1), { minLength: 1, maxLength: 9 }), (parts) => {
        const reader = make(own.model, own.params);
        let place: Place | undefined,
          read: number[] = [];
        for (const part of parts) {
          const reading = reader.read(part, place);
          read = kept(read, part, context);
          expectClose(reading.logits, logitsOf(own, read).at(-1) as number[], 3e-5);
          if (place) reader.release(place);
          place = reading.place;
        }
        reader.dispose();
      }),
      { numRuns: 10 },
    );
    expect(memoryInUse()).toEqual(before);
    disposeTree(own.params);
  });

  it("reads on from a full place many times, and from those before it", () => {
    const own = stirred({});
    const reader = make(own.model, own.params);
    const { place } = reader.read([1, 2, 3, 4, 5, 6]);
    const [first, , again] = [1, 2, 1].map((token) => reader.read([token], place).logits);
    expect(again).toEqual(first);
    expectClose(first as Float32Array, logitsOf(own, [5, 6, 1]).at(-1) as number[], 3e-5);
    reader.dispose();
  });

  it("writes far beyond what it sees at once, each token the likeliest after what is left of the text", () => {
    const own = stirred({});
    const expected: number[] = [];
    for (let read = [1, 2]; expected.length < 40; ) {
      expected.push(indexOfLargest(logitsOf(own, read).at(-1) as number[]));
      read = kept(read, expected.slice(-1), 6);
    }
    expect([...generate(own.model, own.params, { prompt: [1, 2], sampler: greedy, length: 40 })]).toEqual(expected);
  });

  it("rewrites a line longer than it sees at once, each entry after half of that at least", () => {
    fc.assert(
      fc.property(texts(40), fc.integer({ min: 1, max: 7 }), (line, context) => {
        const own = stirred({ context });
        const written = rewrite(own.model, own.params, Int32Array.from(line));
        const expected = line.map((_, i) => {
          const step = Math.max(1, Math.floor(context / 2));
          const start = step * Math.max(0, Math.ceil((i + 1 - context) / step));
          expect(i + 1 - start).toBeGreaterThanOrEqual(Math.min(i + 1, Math.ceil(context / 2)));
          return indexOfLargest(logitsOf(own, line.slice(start, i + 1)).at(-1) as number[]);
        });
        expect([...written]).toEqual(expected);
        disposeTree(own.params);
      }),
      { numRuns: 15 },
    );
  });
});

describe("generate", () => {
  it("reads no token that nothing is written after", async () => {
    await useBackend("cpu");
    const model = charRnn({ cell: "gru", vocabulary: VOCABULARY, embedding: 3, hidden: 4, layers: 1 });
    const params = model.init(key(1));
    const reads: number[] = [];
    const apply: typeof model.apply = (own, input, mode) => {
      reads.push(input.tokens.size);
      return model.apply(own, input, mode);
    };
    expect([...generate({ ...model, apply }, params, { prompt: [1, 2, 3], sampler: () => 4, length: 3 })]).toEqual([4, 4, 4]);
    expect(reads).toEqual([3, 1, 1]);
    disposeTree(params);
  });
});
