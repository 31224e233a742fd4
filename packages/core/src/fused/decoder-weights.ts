/**
 * How a decoder packs its weights: as they are, or as whole numbers of a byte with a scale for each row, a quarter of the bytes that are read
 * for each token. Packed weights lie in the heap besides the parameters.
 */
export type DecoderWeights = "f32" | "int8";
