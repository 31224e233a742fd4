import * as attention from "@refrain/attention";
import * as cells from "@refrain/cells";
import * as core from "@refrain/core";
import * as losses from "@refrain/losses";
import * as models from "@refrain/models";
import * as train from "@refrain/train";
import * as transformer from "@refrain/transformer";
import { OPERATIONS } from "./operations.ts";

const PACKAGES: Record<string, object> = { core, cells, attention, transformer, losses, models, train };

/** Public functions that compute no tensors, hand other operations theirs, or are rows under another name. */
const NO_OPERATIONS = new Set(
  [
    "core: affine customOp disposeTree fillTree foldIn generator isTensor key leaves leavesWithPaths loadTensors mapTree memoryInUse named normal split storeTensors uniform",
    "core: dequantizeRows isScales quantizeRows readSafetensors writeSafetensors useBackend valueAndGrad checkLengths planSequences",
    "core: fusedAdamw fusedAttention fusedBlock fusedCrossEntropy fusedDecoder fusedRecurrence fusedSquaredNorm fusedTransformerDecoder",
    "cells: gradientReach recurrence unfoldReader unfoldTokens",
    "attention: alibi alibiSlopes allOf causalMask paddingMask picturePositions sinusoidal weightsAsPicture windowMask rotaryTurn additive general dot scaledDot cosine",
    "losses: accuracy bitsPerCharacter classWeights ctcCollapse distinct frequencyParts frequentClasses perplexity",
    "models: answer caption captionerObjective classifierObjective classify decoder decodesInt8 generate generateEach languageObjective loadModel readerObjective rewrite saveModel seq2seqObjective tag taggerObjective translate",
    "train: clippingScale constant cosine evaluate exponential globalNorm inverseSquareRoot linear oneCycle stepDecay train warmRestarts",
    "transformer: modeAt",
  ].flatMap((line) => {
    const [room, ...names] = line.split(/:? /);
    return names.map((name) => `${room}: ${name}`);
  }),
);

/** Public functions that neither have a row nor are known to need none. */
export function unlisted(): string[] {
  return Object.entries(PACKAGES).flatMap(([room, exported]) => {
    const rows = OPERATIONS.filter(({ from }) => from === `@refrain/${room}`).map(({ name }) => name);
    const listed = (name: string) => rows.some((row) => row.split(/[ ,]/).includes(name)) || NO_OPERATIONS.has(`${room}: ${name}`);
    return Object.entries(exported)
      .filter(([name, value]) => typeof value === "function" && !listed(name))
      .map(([name]) => `@refrain/${room}: ${name}`);
  });
}
