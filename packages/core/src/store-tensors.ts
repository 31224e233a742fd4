import type { Tensor } from "@tensorflow/tfjs-core";
import { type Dtype, floatToHalf, quantizeRows, scalesOf, type StoredTensor } from "@refrain/safetensors";
import type { TensorTree } from "./contract.ts";
import { named } from "./tree.ts";

/** How floats are stored: in 32 bits, in 16, or matrices in 8 with a scale for each row. */
export type StoredAs = "f32" | "f16" | "int8";

const WAYS: readonly string[] = ["f32", "f16", "int8"] satisfies StoredAs[];

/**
 * The tensors of a tree by path, ready to be written: int32 as I32, float32 as F32 unless `as` says otherwise.
 *
 * - "f16": float32 as F16, rounded to the nearest half.
 * - "int8": matrices of float32 as I8 [rows, columns], as `quantizeRows` makes them, each with `PATH.scales`, F32 [rows], after it; floats of other ranks
 *   (biases, norms, convolutions) as F32. No parameter has that name, as a tensor is a leaf and nothing lies below its path.
 *
 * @throws {Error} for tensors that are neither float32 nor int32, numbers beyond ±65504 in F16, NaN and infinities in I8, and names with a point in
 * them that another tensor has.
 */
export function storeTensors(tree: TensorTree, { as = "f32" }: { readonly as?: StoredAs } = {}): Map<string, StoredTensor> {
  if (!WAYS.includes(as)) throw new RangeError(`storeTensors: as must be one of ${WAYS.join(", ")}, but is ${JSON.stringify(as)}.`);
  const stored = new Map<string, StoredTensor>();
  for (const [path, leaf] of named(tree))
    for (const [name, entry] of storeTensor(path, leaf, as)) {
      if (stored.has(name)) throw new Error(`storeTensors: two tensors would be stored as ${name}. Give them names without a point.`);
      stored.set(name, entry);
    }
  return stored;
}

function storeTensor(path: string, leaf: Tensor, as: StoredAs): [string, StoredTensor][] {
  const { dtype, shape } = leaf;
  if (dtype === "int32") return [[path, entryOf("I32", shape, leaf.dataSync<"int32">())]];
  if (dtype !== "float32") throw new Error(`storeTensors: ${path} is ${dtype}; float32 and int32 can be stored.`);
  const values = leaf.dataSync<"float32">();
  if (as === "f16")
    return [
      [
        path,
        entryOf(
          "F16",
          shape,
          Uint16Array.from(values, (value) => halfOf(value, path)),
        ),
      ],
    ];
  if (as === "f32" || shape.length !== 2) return [[path, entryOf("F32", shape, values)]];
  const [rows, columns] = shape as [number, number];
  try {
    const quantized = quantizeRows(values, rows, columns);
    return [
      [path, entryOf("I8", shape, quantized.values)],
      [scalesOf(path), entryOf("F32", [rows], quantized.scales)],
    ];
  } catch (cause) {
    throw new Error(`storeTensors: ${path} cannot be stored as int8: ${(cause as Error).message}`, { cause });
  }
}

function entryOf(dtype: Dtype, shape: readonly number[], { buffer, byteOffset, byteLength }: ArrayBufferView): StoredTensor {
  return { dtype, shape, bytes: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength) };
}

function halfOf(value: number, path: string): number {
  const half = floatToHalf(value);
  if ((half & 0x7fff) === 0x7c00 && Number.isFinite(value))
    throw new Error(`storeTensors: ${path} cannot be stored as f16: it holds ${value}, and halves reach from -65504 to 65504. Store it as f32.`);
  return half;
}
