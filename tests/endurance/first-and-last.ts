// Trains a model of the benchmarks for some steps: node first-and-last.ts MODEL THREADS
// Prints the bytes of the WebAssembly memory after the first step and after the last, as JSON.
import { foldIn, key, useBackend } from "@refrain/core";
import { randomWindows } from "@refrain/data";
import { crossEntropy } from "@refrain/losses";
import { charRnn, gpt, type LanguageModel, languageObjective } from "@refrain/models";
import { adamw, constant, train } from "@refrain/train";
import { backend } from "@tensorflow/tfjs-core";

/** Steps enough for whatever varies from one to the next. */
const STEPS = 40;

const RECURRENT = { vocabulary: 65, embedding: 64, hidden: 128, layers: 2 };

const MODELS: Record<string, { readonly model: object; readonly sizes: { readonly batch: number; readonly context: number } }> = {
  "lstm char-rnn-128": { model: charRnn({ cell: "lstm", ...RECURRENT }), sizes: { batch: 50, context: 50 } },
  "gru char-rnn-128": { model: charRnn({ cell: "gru", ...RECURRENT }), sizes: { batch: 50, context: 50 } },
  "gpt-cpu": { model: gpt({ vocabulary: 65, features: 128, heads: 4, layers: 4, context: 64 }), sizes: { batch: 12, context: 64 } },
};

const [name, threads] = process.argv.slice(2) as [string, string];
const { model, sizes } = MODELS[name] as (typeof MODELS)[string];
await useBackend("simd", { threads: Number(threads) });
const { memory } = (backend() as unknown as { readonly kernels: { readonly heap: { readonly memory: WebAssembly.Memory } } }).kernels.heap;
const own = model as LanguageModel;
const events = train({
  params: own.init(key(1)),
  optimizer: adamw(),
  objective: languageObjective(own, (logits, labels) => crossEntropy(logits, labels)),
  batches: randomWindows(
    Int32Array.from({ length: 20_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 8) % 65),
    sizes,
    1,
  ),
  schedule: constant(1e-3),
  budget: { steps: STEPS },
  clip: 1,
  key: foldIn(key(1), 1),
});
let first = 0;
for await (const event of events) if (event.event === "step" && event.step === 1) first = memory.buffer.byteLength;
console.log(JSON.stringify({ first, last: memory.buffer.byteLength }));
