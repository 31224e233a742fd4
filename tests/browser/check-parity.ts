import type { Verdict } from "@refrain-tests/golden/check-cases";
import {
  type BackendName,
  disposeTree,
  fillTree,
  foldIn,
  key,
  loadTensors,
  memoryInUse,
  type StoredTensor,
  storeTensors,
  type TensorTree,
  useBackend,
} from "@refrain/core";
import { type Batch, charTokenizer, charVocabulary, randomWindows } from "@refrain/data";
import { defaultLyrics } from "@refrain/data/lyrics";
import { countCorrect, crossEntropy } from "@refrain/losses";
import { adamw, cosine, type Objective, train } from "@refrain/train";
import { tensor2d, tidy } from "@tensorflow/tfjs-core";
import { type LanguageModel, MODELS } from "./models.ts";

const STEPS = 50;
/** How much any logit may differ, of the largest. */
const LOGITS_TOLERANCE = 1e-3;
/** How much the loss of any step may differ, of itself. */
const LOSS_TOLERANCE = 0.01;

const seed = key(1);
const context = 6;
const text = [...defaultLyrics].slice(0, 20_000).join("");
const tokenizer = charTokenizer(charVocabulary(text, 40));
// Sixteen rows, as TensorFlow.js's way on WebGPU with products of at most 128 numbers is very slow on a GPU in software.
const batches = randomWindows(tokenizer.encode(text), { batch: 16, context }, 1);

/** Whether each model gives the logits on this backend that it gives on `simd`, where it was trained, and trains here as it does there. */
export async function* checkParity(backend: BackendName): AsyncGenerator<Verdict> {
  for (const [name, make] of Object.entries(MODELS)) {
    const model = make(tokenizer.size, context);
    const losses: number[] = [];
    const trained = await trainOn("simd", model, losses);
    const stored = storeTensors(trained);
    disposeTree(trained);
    const logits = await logitsOn("simd", model, stored);
    yield verdict(`${name}, the logits after training on simd`, logitsApart(await logitsOn(backend, model, stored), logits));
    const found: number[] = [];
    const before = memoryInUse().tensors;
    disposeTree(await trainOn(backend, model, found));
    const left = memoryInUse().tensors - before;
    yield verdict(`${name}, the tensors that ${STEPS} training steps leave`, left === 0 ? [] : [`there are ${left} more`]);
    yield verdict(`${name}, the losses of ${STEPS} training steps`, lossesApart(found, losses));
  }
}

const verdict = (name: string, lines: readonly string[]): Verdict => ({ name, verdict: lines.length > 0 ? "failed" : "passed", lines });

const objectiveOf =
  (model: LanguageModel): Objective<TensorTree, Batch> =>
  (params, { rows, inputs, targets }, mode) => {
    const labels = tensor2d(targets, [rows, context], "int32");
    const { logits } = model.apply(params, { tokens: tensor2d(inputs, [rows, context], "int32") }, mode);
    return { value: crossEntropy(logits, labels), aside: countCorrect(logits, labels) };
  };

/** Trains, and gives the parameters; the loss of each step goes into `losses`. */
async function trainOn(backend: BackendName, model: LanguageModel, losses: number[]): Promise<TensorTree> {
  await useBackend(backend);
  for await (const event of train({
    params: model.init(seed),
    optimizer: adamw(),
    objective: objectiveOf(model),
    batches,
    schedule: cosine(0.01, { warmup: 5 }),
    budget: { steps: STEPS },
    clip: 1,
    key: foldIn(seed, 1),
    reportEvery: 1,
  })) {
    if (event.event === "report") losses.push(event.loss);
    if (event.event !== "end") continue;
    disposeTree(event.snapshot.optimizerState);
    return event.snapshot.params;
  }
  throw new Error("training came to no end");
}

/** The logits of a batch that the model was not trained on. */
async function logitsOn(backend: BackendName, model: LanguageModel, stored: ReadonlyMap<string, StoredTensor>): Promise<ArrayLike<number>> {
  await useBackend(backend);
  const like = model.init(seed);
  const params = fillTree(like, loadTensors(stored));
  const { rows, inputs } = batches(STEPS);
  const logits = tidy(() => model.apply(params, { tokens: tensor2d(inputs, [rows, context], "int32") }).logits);
  const values = await logits.data();
  disposeTree([like, params, logits]);
  return values;
}

function logitsApart(found: ArrayLike<number>, expected: ArrayLike<number>): string[] {
  const wanted = Array.from(expected);
  const error = Math.max(...wanted.map((value, i) => Math.abs((found[i] as number) - value))) / Math.max(...wanted.map(Math.abs));
  return error <= LOGITS_TOLERANCE ? [] : [`they differ by ${error.toExponential(2)} of the largest; ${LOGITS_TOLERANCE} is allowed`];
}

function lossesApart(found: readonly number[], expected: readonly number[]): string[] {
  return expected.flatMap((loss, step) => {
    const other = found[step] ?? Number.NaN;
    return Math.abs(other - loss) <= LOSS_TOLERANCE * loss ? [] : [`step ${step + 1}: ${other}, on simd ${loss}`];
  });
}
