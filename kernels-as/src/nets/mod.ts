export type { AttentionWeights, BlockLayer, BlockShape, FeedForwardWeights, Linear, NormAt, TextPlace } from "./block-contract.ts";
export { CELLS, type CellKind, type CellStep, type PeepholesAt } from "./cells.ts";
export { type GrowingBuffers, growingBuffers } from "./growing-buffers.ts";
export { layOut } from "./lay-out.ts";
export { type PackedAs, type PackedMatrix, packMatrix, packWholeMatrix } from "./packed-matrix.ts";
export { type RecurrentLayer, type RecurrentStack, recurrentStack } from "./recurrent-stack.ts";
export { type TransformerStack, transformerStack } from "./transformer-stack.ts";
