import { backendOption, jsonOption } from "../shared-options.ts";

/** Options that all studies have. */
export const studyOptions = {
  hidden: { type: "number", whole: true, min: 1, default: 128, description: "hidden units" },
  cells: { type: "text", default: "rnn,lstm,gru", hint: "list", description: "which cells, with commas between them" },
  "forget-bias": { type: "number", default: 1, description: "where the LSTM's forget gate starts; 1 lets memory flow from the first step on" },
  lr: { type: "number", above: 0, default: 0.01, description: "Adam's learning rate" },
  clip: { type: "number", min: 0, default: 1, description: "largest norm of all gradients together; 0 clips nothing" },
  seed: { type: "number", whole: true, min: 0, max: 4294967295, default: 1, description: "the same seed gives the same study" },
  backend: backendOption,
  json: jsonOption,
} as const;
