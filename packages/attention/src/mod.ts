export { alibiSlopes, rotaryTurn } from "@refrain/kernels/nets";
export { additive, type AdditiveConfig, type AdditiveInput, type AdditiveParams } from "./additive.ts";
export { alibi } from "./alibi.ts";
export { allOf } from "./all-of.ts";
export { attend, type AttendOptions } from "./attend.ts";
export type {
  AttendingDecoder,
  AttendingDecoderParams,
  AttendingInput,
  AttendingOutput,
  AttendingState,
  AttendingStep,
  Remembered,
} from "./attending-contract.ts";
export { attendingDecoder } from "./attending-decoder.ts";
export type { AttendingDecoderConfig } from "./attending-decoder-config.ts";
export { causalMask } from "./causal-mask.ts";
export type { Attended, Mask, Score, ScoreInput } from "./contract.ts";
export { cosine } from "./cosine.ts";
export { coverageLoss } from "./coverage-loss.ts";
export { dot } from "./dot.ts";
export { general, type GeneralConfig, type GeneralParams } from "./general.ts";
export { hadamard } from "./hadamard.ts";
export { learnedPositions, type LearnedPositionsParams, type PositionRange } from "./learned-positions.ts";
export { locations, type LocationsOptions } from "./locations.ts";
export { matrixProduct } from "./matrix-product.ts";
export { multiHead, type MultiHeadInput, type MultiHeadOutput, type MultiHeadParams } from "./multi-head.ts";
export type { MultiHeadConfig } from "./multi-head-config.ts";
export { paddingMask } from "./padding-mask.ts";
export { picturePositions } from "./picture-positions.ts";
export { rotary, type RotaryOptions } from "./rotary.ts";
export { scaledDot } from "./scaled-dot.ts";
export type { SimilarityName } from "./similarity.ts";
export { sinusoidal } from "./sinusoidal.ts";
export { weightsAsPicture } from "./weights-as-picture.ts";
export { windowMask } from "./window-mask.ts";
