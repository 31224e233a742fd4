import { halfToFloat, type StoredTensor } from "@refrain/safetensors";

/** The numbers of a stored tensor of floats as float32, in an array of their own. @throws {Error} when they are stored in a way that is none of a model's. */
export function floatsOf(path: string, { dtype, bytes }: StoredTensor): Float32Array<ArrayBuffer> {
  // A copy, as the bytes need not be aligned in the file and typed arrays must be.
  const { buffer } = bytes.slice();
  if (dtype === "F32") return new Float32Array(buffer);
  if (dtype === "F16") return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  if (dtype === "BF16") return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (word) => word << 16).buffer);
  throw new Error(`this model file is damaged: ${path} is ${dtype}, but parameters are F32, F16, BF16, or I8 with scales.`);
}
