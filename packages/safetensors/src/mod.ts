export { dequantizeRows } from "./dequantize-rows.ts";
export { floatToHalf } from "./float-to-half.ts";
export { type Dtype, DTYPES, type SafetensorsFile, type StoredTensor } from "./format.ts";
export { halfToFloat } from "./half-to-float.ts";
export { type QuantizedRows, quantizeRows } from "./quantize-rows.ts";
export { MODEL_VERSION, type ModelFile, readModelFile } from "./read-model-file.ts";
export { readSafetensors } from "./read-safetensors.ts";
export { isScales, scalesOf } from "./scales.ts";
export { writeSafetensors } from "./write-safetensors.ts";
