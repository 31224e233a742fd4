import { disposeTree, foldIn, key, useBackend } from "@refrain/core";
import { randomWindows } from "@refrain/data";
import { crossEntropy } from "@refrain/losses";
import { charRnn, gpt, type LanguageModel, languageObjective } from "@refrain/models";
import { adamw, constant, train } from "@refrain/train";
import { backend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";

/** The shapes of the benchmarks, and steps enough for whatever varies from one to the next. */
const RECURRENT = { vocabulary: 65, embedding: 64, hidden: 128, layers: 2 },
  STEPS = 40;

const MODELS = {
  "lstm char-rnn-128": [charRnn({ cell: "lstm", ...RECURRENT }), { batch: 50, context: 50 }],
  "gru char-rnn-128": [charRnn({ cell: "gru", ...RECURRENT }), { batch: 50, context: 50 }],
  "gpt-cpu": [gpt({ vocabulary: 65, features: 128, heads: 4, layers: 4, context: 64 }), { batch: 12, context: 64 }],
} as const;

const tokens = Int32Array.from({ length: 20_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 8) % 65);

/** Bytes of the WebAssembly memory. */
const memory = () => (backend() as unknown as { kernels: { heap: { memory: WebAssembly.Memory } } }).kernels.heap.memory.buffer.byteLength;

beforeAll(async () => {
  await useBackend("simd");
});

describe.each(Object.entries(MODELS))("training %s", (_, [model, sizes]) => {
  it("asks for no more WebAssembly memory after its first step", { timeout: 60_000 }, async () => {
    const own = model as LanguageModel;
    const events = train({
      params: own.init(key(1)),
      optimizer: adamw(),
      objective: languageObjective(own, (logits, labels) => crossEntropy(logits, labels)),
      batches: randomWindows(tokens, sizes, 1),
      schedule: constant(1e-3),
      budget: { steps: STEPS },
      clip: 1,
      key: foldIn(key(1), 1),
    });
    let first = 0;
    for await (const event of events) {
      if (event.event === "step" && event.step === 1) first = memory();
      if (event.event === "end") disposeTree([event.snapshot.params, event.snapshot.optimizerState]);
    }
    expect(memory()).toBe(first);
  });
});
