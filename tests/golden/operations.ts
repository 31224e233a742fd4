import { attentionCases } from "./attention.ts";
import type { GoldenCase, Operation } from "./case.ts";
import { binaryFocalCase, crossEntropyCase, focalCase, layerNormCase } from "./losses.ts";
import { positionCases } from "./positions.ts";
import { gruResetBefore, lstmPeepholes, recurrent } from "./recurrent.ts";
import { geluCase, rmsNormCase } from "./layers.ts";
import { samplingCase } from "./sampling.ts";
import { trainingCases } from "./training.ts";
import { transformerCases } from "./transformer.ts";
import { treeLstmCase } from "./tree.ts";

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
  TreeLSTM: treeLstmCase,
  ...attentionCases,
  ...positionCases,
  ...transformerCases,
  ...trainingCases,
};

/** What computes a case. @throws {Error} when nothing does. */
export function operationFor({ config }: GoldenCase): Operation {
  if (config.peephole) return lstmPeepholes;
  if (config.reset === "before") return gruResetBefore;
  const operation = OPERATIONS[config.op];
  if (!operation) throw new Error(`nothing here computes ${JSON.stringify(config.op)}`);
  return operation;
}
