import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { TensorTree } from "../contract.ts";
import { named } from "../tree.ts";
import { DTYPES, type StoredTensor } from "./format.ts";

/** The tensors of a tree by path, ready to be written: float32 as F32, int32 as I32. */
export function storeTensors(tree: TensorTree): Map<string, StoredTensor> {
  return new Map(
    [...named(tree)].map(([path, leaf]) => {
      if (leaf.dtype !== "float32" && leaf.dtype !== "int32") throw new Error(`storeTensors: ${path} is ${leaf.dtype}; float32 and int32 can be stored.`);
      const values = leaf.dataSync<"float32" | "int32">() as Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      return [path, { dtype: leaf.dtype === "int32" ? "I32" : "F32", shape: leaf.shape, bytes }];
    }),
  );
}

/** Stored tensors as tensors of the backend in use. @throws {Error} for types other than F32, F16, BF16 and I32. */
export function loadTensors(stored: ReadonlyMap<string, StoredTensor>): Map<string, Tensor> {
  return new Map([...stored].map(([path, entry]) => [path, loadTensor(path, entry)]));
}

function loadTensor(path: string, { dtype, shape, bytes }: StoredTensor): Tensor {
  // A copy, as the bytes need not be aligned in the file and typed arrays must be.
  const aligned = bytes.slice().buffer;
  const words = () => new Uint16Array(aligned);
  switch (dtype) {
    case "F32":
      return tensor(new Float32Array(aligned), [...shape], "float32");
    case "I32":
      return tensor(new Int32Array(aligned), [...shape], "int32");
    case "BF16":
      return tensor(new Float32Array(Uint32Array.from(words(), (word) => word << 16).buffer), [...shape], "float32");
    case "F16":
      return tensor(Float32Array.from(words(), halfToFloat), [...shape], "float32");
    default:
      throw new Error(`loadTensors: ${path} is ${dtype}, of ${DTYPES[dtype]} bytes a number; F32, F16, BF16 and I32 can be loaded. Convert it first.`);
  }
}

/** IEEE 754 binary16. */
function halfToFloat(word: number): number {
  const sign = word & 0x8000 ? -1 : 1,
    exponent = (word >> 10) & 31,
    fraction = word & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
