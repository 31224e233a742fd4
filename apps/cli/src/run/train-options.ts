import type { Values } from "../options.ts";
import { backendOption, jsonOption, threadsOption } from "../shared-options.ts";

const size = (initial: number, description: string) => ({ type: "number", whole: true, min: 1, default: initial, description }) as const;

export const trainOptions = {
  model: { type: "choice", choices: ["rnn", "lstm", "gru", "peephole-lstm", "gpt"], default: "lstm", description: "the recurrent cell, or a Transformer" },
  embedding: { type: "number", whole: true, min: 1, description: "features of a character in a recurrent model; 64 by default" },
  hidden: size(128, "hidden units of each layer; of gpt, the features of a character"),
  layers: size(2, "layers on top of each other"),
  heads: { type: "number", whole: true, min: 1, description: "attention heads of gpt; 4 by default" },
  positions: { type: "choice", choices: ["alibi", "rotary", "learned", "sinusoidal"], description: "how gpt tells places apart; alibi by default" },
  dropout: { type: "number", min: 0, max: 0.95, default: 0, description: "share of features dropped while training" },
  tied: { type: "flag", description: "share the weights of embedding and output layer (needs hidden = embedding); gpt always does" },
  batch: size(50, "windows in a minibatch"),
  context: size(50, "characters in a window; of gpt, all that it sees at once"),
  steps: { type: "number", whole: true, min: 1, description: "minibatches to train on; 2000 unless --epochs or --minutes is given" },
  epochs: { type: "number", above: 0, description: "train on as many characters as the training text has, times this" },
  minutes: { type: "number", above: 0, description: "train for this long, whatever number of minibatches that is" },
  loss: { type: "choice", choices: ["cross-entropy", "focal"], default: "cross-entropy", description: "focal holds the easy, frequent characters back" },
  gamma: { type: "number", min: 0, description: "how much focal loss holds back; 2 by default" },
  "class-weights": { type: "choice", choices: ["balanced", "inverse"], description: "let characters weigh the more the rarer they are in the text" },
  beta: { type: "number", min: 0, max: 1, description: "how far balanced weights go: 0 not at all, 1 as far as inverse; 0.9 by default" },
  "label-smoothing": { type: "number", min: 0, max: 1, default: 0, description: "share of each target that is spread over all characters" },
  optimizer: {
    type: "choice",
    choices: ["adamw", "adam", "sgd", "rmsprop", "adagrad", "lion"],
    default: "adamw",
    description: "adam is adamw without weight decay; lion wants a third to a tenth of its rate",
  },
  "weight-decay": { type: "number", min: 0, description: "decoupled weight decay of adamw (0.01 by default) and lion (0)" },
  momentum: { type: "number", min: 0, max: 0.999, description: "the momentum of sgd (0.9 by default) and rmsprop (0)" },
  nesterov: { type: "flag", description: "sgd looks ahead along its momentum" },
  lr: { type: "number", above: 0, default: 0.002, description: "the highest learning rate" },
  schedule: {
    type: "choice",
    choices: ["cosine", "constant", "linear", "inverse-sqrt", "exponential", "step", "one-cycle", "warm-restarts"],
    default: "cosine",
    description: "how the rate falls (cosine to a tenth, linear to 0, exponential to a hundredth)",
  },
  warmup: { type: "number", whole: true, min: 0, description: "steps over which the rate rises from 0; 100 by default" },
  clip: { type: "number", min: 0, default: 1, description: "largest norm of all gradients together; 0 clips nothing" },
  patience: { type: "number", whole: true, min: 1, description: "stop after so many evaluations without a new best, and keep the best" },
  "evaluate-every": { type: "number", whole: true, min: 1, description: "steps between evaluations; ten in a run by default" },
  "report-every": size(100, "steps between reports"),
  "sample-every": { type: "number", whole: true, min: 1, description: "steps between samples; with every fifth report by default" },
  "checkpoint-seconds": { type: "number", min: 0, default: 15, description: "least seconds between checkpoints" },
  start: { type: "text", default: "夢", mayBeEmpty: true, description: "what the samples start with" },
  seed: { type: "number", whole: true, min: 0, max: 4294967295, default: 1, description: "the same seed trains the same model" },
  out: { type: "text", description: "the run's folder; runs/CORPUS-MODEL by default", hint: "folder" },
  resume: { type: "flag", description: "go on with the run in the out folder" },
  // TensorFlow.js's wasm lacks what the gradient of an embedding takes.
  backend: { ...backendOption, choices: ["auto", "webgpu", "webgl", "simd", "cpu"] },
  threads: threadsOption,
  json: jsonOption,
} as const;

export type TrainValues = Values<typeof trainOptions>;
