import { dequantizeRows, halfToFloat, scalesOf, type StoredTensor } from "@refrain/safetensors";

/** The numbers of a stored tensor as float32, in an array of their own. @throws {Error} when they are stored in a way that is none of a model's. */
export function floatsOf(path: string, { dtype, bytes }: StoredTensor, tensors: ReadonlyMap<string, StoredTensor>): Float32Array<ArrayBuffer> {
  // A copy, as the bytes need not be aligned in the file and typed arrays must be.
  const { buffer } = bytes.slice();
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    case "BF16":
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (word) => word << 16).buffer);
    case "I8": {
      const scales = tensors.get(scalesOf(path));
      if (scales?.dtype !== "F32") throw new Error(`this model file is damaged: ${path} is I8 without scales in F32.`);
      try {
        return dequantizeRows({ values: new Int8Array(buffer), scales: new Float32Array(scales.bytes.slice().buffer) });
      } catch (cause) {
        throw new Error(`this model file is damaged: ${path} is no matrix in int8 (${(cause as Error).message})`, { cause });
      }
    }
    default:
      throw new Error(`this model file is damaged: ${path} is ${dtype}, but parameters are F32, F16, BF16, or I8 with scales.`);
  }
}
