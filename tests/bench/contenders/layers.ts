// tfjs-layers on TensorFlow.js's backend for WebAssembly: tokens/s of training steps or of writing one token after the other, and memory.
import { useBackend } from "@refrain/core";
import { dispose, losses, oneHot, type Tensor, tensor2d, tidy, train } from "@tensorflow/tfjs-core";
import { importPeer } from "../peers.ts";
import type { RecurrentShape } from "../shapes.ts";
import { coolSampler } from "./cool-sampler.ts";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";
import { someTokens } from "./some-tokens.ts";
import { tokensPerSecond } from "./tokens-per-second.ts";

type Task = { readonly what: "train" | "sample"; readonly shape: RecurrentShape };

/** What is used of tfjs-layers. */
type Model = {
  add(layer: object): void;
  compile(how: object): void;
  trainOnBatch(inputs: Tensor, targets: Tensor): Promise<number>;
  predictOnBatch(inputs: Tensor): Tensor;
};
type Layers = { sequential(): Model; readonly layers: Readonly<Record<"dense" | "embedding" | "lstm" | "gru", (config: object) => object>> };

await serve<Task>(async ({ what, shape }) => {
  await useBackend("wasm");
  const library = (await importPeer("tfjs-layers")) as Layers & { readonly default?: Layers };
  return (what === "train" ? training : sampling)(library.default ?? library, shape);
});

/** The recurrent layers. Its GRU can only reset before the product; elsewhere sigmoids are the plain ones too. */
function addRecurrent({ layers }: Layers, model: Model, { kind, hidden, layers: count, vocabulary }: RecurrentShape, options: object): void {
  for (let i = 0; i < count; i++)
    model.add(layers[kind]({ units: hidden, returnSequences: true, recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform", ...options }));
  model.add(layers.dense({ units: vocabulary }));
}

/** Steps of Adam on the mean cross-entropy; without clipping, which it lacks. The embedding is a product with one-hot rows: see one-hot-model.ts. */
function training(library: Layers, shape: RecurrentShape): () => Promise<Record<string, number>> {
  const { vocabulary, embedding, batch, context } = shape;
  const model = library.sequential();
  model.add(library.layers.dense({ units: embedding, useBias: false, inputShape: [context, vocabulary] }));
  addRecurrent(library, model, shape, {});
  model.compile({ optimizer: train.adam(1e-3), loss: (labels: Tensor, logits: Tensor) => losses.softmaxCrossEntropy(labels, logits) });
  const text = someTokens(batch * context + 1, vocabulary);
  const step = async () => {
    const batchOf = (first: number) =>
      tidy(() => oneHot(tensor2d(text.slice(first, first + batch * context), [batch, context], "int32"), vocabulary, 1, 0, "float32"));
    const [inputs, targets] = [batchOf(0), batchOf(1)];
    await model.trainOnBatch(inputs, targets);
    dispose([inputs, targets]);
  };
  return async () => ({ value: (batch * context) / (await secondsPerCall(step)), rss: 1024 * process.resourceUsage().maxRSS });
}

/** One stream at temperature 0.8; the layers keep their state. */
function sampling(library: Layers, shape: RecurrentShape): () => Promise<Record<string, number>> {
  const model = library.sequential();
  model.add(library.layers.embedding({ inputDim: shape.vocabulary, outputDim: shape.embedding, batchInputShape: [1, 1] }));
  addRecurrent(library, model, shape, { stateful: true });
  const sampler = coolSampler();
  let token = 0;
  const write = () => {
    const logits = tidy(() => model.predictOnBatch(tensor2d([token], [1, 1])));
    token = sampler(logits.dataSync<"float32">(), []);
    logits.dispose();
  };
  return async () => ({ value: await tokensPerSecond(write) });
}
