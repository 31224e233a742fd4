export type { Cell, Json, Layer, Mode, SequenceInput, SequencePass, TableRows, TensorTree, Tree } from "./contract.ts";
export { customOp, type CustomOp } from "./custom-op.ts";
export type { AttentionShape } from "./fused/attention-shape.ts";
export { fusedAttention } from "./fused/fused-attention.ts";
export type { AdamwStep, AdamwTensors } from "./fused/adamw-contract.ts";
export { fusedAdamw } from "./fused/fused-adamw.ts";
export { type DecoderModel, type DecoderReading, type DecoderState, type DecoderStep, type FusedDecoder, fusedDecoder } from "./fused/fused-decoder.ts";
export type { PackedAs as DecoderWeights } from "@refrain/kernels/nets";
export { type BlockParams, type BlockShape, fusedBlock } from "./fused/fused-block.ts";
export { fusedCrossEntropy } from "./fused/fused-cross-entropy.ts";
export { fusedSquaredNorm } from "./fused/fused-squared-norm.ts";
export { fusedRecurrence } from "./fused/fused-recurrence.ts";
export type { RecurrenceInputs, RecurrenceOutputs } from "./fused/recurrence-contract.ts";
export {
  type FusedTransformerDecoder,
  fusedTransformerDecoder,
  type TransformerPlace,
  type TransformerReading,
  type TransformerReadStep,
} from "./fused/fused-transformer-decoder.ts";
export type { TransformerModel } from "./fused/transformer-model.ts";
export { checkLengths, planSequences, type SequencePlan } from "./fused/sequence-plan.ts";
export { foldIn, generator, key, type Key, normal, split, uniform } from "@refrain/sampling";
export { affine, dense, type DenseConfig, type DenseParams } from "./layers/dense.ts";
export { dropout } from "./layers/dropout.ts";
export { embedding, type EmbeddingConfig, type EmbeddingParams } from "./layers/embedding.ts";
export { gelu } from "./layers/gelu.ts";
export { layerNorm, type LayerNormParams } from "./layers/layer-norm.ts";
export { rmsNorm, type RmsNormParams } from "./layers/rms-norm.ts";
export { silu } from "./layers/silu.ts";
export {
  dequantizeRows,
  type Dtype,
  isScales,
  type QuantizedRows,
  quantizeRows,
  readSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  writeSafetensors,
} from "@refrain/safetensors";
export { loadTensors } from "./load-tensors.ts";
export { storeTensors, type StoredAs } from "./store-tensors.ts";
export { disposeTree, fillTree, isTensor, leaves, leavesWithPaths, mapTree, named } from "./tree.ts";
export { type BackendName, memoryInUse, useBackend } from "./use-backend.ts";
export { valueAndGrad, type ValueAndGradients, type WithAside } from "./value-and-grad.ts";
