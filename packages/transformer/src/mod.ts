export type { Activation, BlockConfig, DecoderInput, EncoderInput } from "./contract.ts";
export { decoder, type DecoderOutput, type DecoderParams, type DecoderStackInput } from "./decoder.ts";
export { type DecoderCache, decoderLayer, type DecoderLayerInput, type DecoderLayerOutput, type DecoderLayerParams } from "./decoder-layer.ts";
export { encoder, type EncoderConfig, type EncoderOutput, type EncoderParams, type EncoderStackInput } from "./encoder.ts";
export {
  encoderDecoder,
  type EncoderDecoderConfig,
  type EncoderDecoderInput,
  type EncoderDecoderOutput,
  type EncoderDecoderParams,
} from "./encoder-decoder.ts";
export { encoderLayer, type EncoderLayerInput, type EncoderLayerOutput, type EncoderLayerParams } from "./encoder-layer.ts";
export { feedForward, type FeedForwardConfig, type FeedForwardParams } from "./feed-forward.ts";
export type { NormParams } from "./norm.ts";
export { modeAt } from "./mode-at.ts";
