export type { Cell, Json, Layer, Mode, SequenceInput, SequencePass, TableRows, TensorTree, Tree } from "./contract.ts";
export { customOp, type CustomOp } from "./custom-op.ts";
export type { AttentionShape } from "./fused/attention-shape.ts";
export { fusedAttention } from "./fused/fused-attention.ts";
export type { AdamwStep, AdamwTensors } from "./fused/adamw-contract.ts";
export { fusedAdamw } from "./fused/fused-adamw.ts";
export { type DecoderModel, type DecoderReading, type DecoderState, type DecoderStep, type FusedDecoder, fusedDecoder } from "./fused/fused-decoder.ts";
export type { DecoderWeights } from "./fused/decoder-weights.ts";
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
export { dequantizeRows } from "./dequantize-rows.ts";
export { foldIn, generator, key, type Key, normal, split, uniform } from "./key.ts";
export { affine, dense, type DenseConfig, type DenseParams } from "./layers/dense.ts";
export { dropout } from "./layers/dropout.ts";
export { embedding, type EmbeddingConfig, type EmbeddingParams } from "./layers/embedding.ts";
export { gelu } from "./layers/gelu.ts";
export { layerNorm, type LayerNormParams } from "./layers/layer-norm.ts";
export { rmsNorm, type RmsNormParams } from "./layers/rms-norm.ts";
export { silu } from "./layers/silu.ts";
export { type QuantizedRows, quantizeRows } from "./quantize-rows.ts";
export type { Dtype, SafetensorsFile, StoredTensor } from "./safetensors/format.ts";
export { readSafetensors } from "./safetensors/read-safetensors.ts";
export { loadTensors } from "./safetensors/load-tensors.ts";
export { isScales } from "./safetensors/scales.ts";
export { storeTensors, type StoredAs } from "./safetensors/store-tensors.ts";
export { writeSafetensors } from "./safetensors/write-safetensors.ts";
export { disposeTree, fillTree, isTensor, leaves, leavesWithPaths, mapTree, named } from "./tree.ts";
export { type BackendName, memoryInUse, useBackend } from "./use-backend.ts";
export { valueAndGrad, type ValueAndGradients, type WithAside } from "./value-and-grad.ts";
