import { attentionCases } from "./attention.ts";
import type { GoldenCase, Operation } from "./case.ts";
import { binaryFocalCase, crossEntropyCase, focalCase, layerNormCase } from "./losses.ts";
import { positionCases } from "./positions.ts";
import { gruResetBefore, recurrent } from "./recurrent.ts";
import { geluCase, rmsNormCase } from "./layers.ts";
import { samplingCase } from "./sampling.ts";
import { trainingCases } from "./training.ts";
import { transformerCases } from "./transformer.ts";

const OPERATIONS: Record<string, Operation> = {
  RNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
  LayerNorm: layerNormCase,
  cross_entropy: crossEntropyCase,
  focal: focalCase,
  "binary focal": binaryFocalCase,
  "logit filters": samplingCase,
  RMSNorm: rmsNormCase,
  gelu: geluCase,
  ...attentionCases,
  ...positionCases,
  ...transformerCases,
  ...trainingCases,
};

/** What computes a case, or undefined where it is not built yet. */
export function operationFor({ config }: GoldenCase): Operation | undefined {
  if (config.bidirectional || config.peephole || config.proj_size) return undefined;
  if (config.reset === "before") return gruResetBefore;
  return OPERATIONS[config.op];
}
