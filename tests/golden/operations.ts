import type { GoldenCase, Operation } from "./case.ts";
import { binaryFocalCase, crossEntropyCase, focalCase, layerNormCase } from "./losses.ts";
import { gruResetBefore, recurrent } from "./recurrent.ts";
import { samplingCase } from "./sampling.ts";
import { trainingCases } from "./training.ts";

const OPERATIONS: Record<string, Operation> = {
  RNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
  LayerNorm: layerNormCase,
  cross_entropy: crossEntropyCase,
  focal: focalCase,
  "binary focal": binaryFocalCase,
  "logit filters": samplingCase,
  ...trainingCases,
};

/** What computes a case, or undefined where it is not built yet. */
export function operationFor({ config }: GoldenCase): Operation | undefined {
  if (config.bidirectional || config.peephole || config.proj_size) return undefined;
  if (config.reset === "before") return gruResetBefore;
  return OPERATIONS[config.op];
}
