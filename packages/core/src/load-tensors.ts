import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { dequantizeRows, DTYPES, halfToFloat, isScales, scalesOf, type StoredTensor } from "@refrain/safetensors";

/**
 * Stored tensors as tensors of the backend in use: I32 as int32; F32, F16, BF16, and I8 with its scales as float32.
 * @throws {Error} for other types, and for I8 that is no matrix with a scale for each of its rows, F32, beside it (see `storeTensors`).
 */
export function loadTensors(stored: ReadonlyMap<string, StoredTensor>): Map<string, Tensor> {
  const own = [...stored].filter(([path]) => !isScales(path, stored));
  return new Map(own.map(([path, entry]) => [path, entry.dtype === "I8" ? loadRows(path, entry, stored.get(scalesOf(path))) : loadTensor(path, entry)]));
}

function loadTensor(path: string, { dtype, shape, bytes }: StoredTensor): Tensor {
  const aligned = alignedOf(bytes);
  const words = () => new Uint16Array(aligned);
  switch (dtype) {
    case "F32":
      return tensor(new Float32Array(aligned), [...shape], "float32");
    case "I32":
      return tensor(new Int32Array(aligned), [...shape], "int32");
    case "BF16":
      return tensor(new Float32Array(new Uint32Array(words()).map((word) => word << 16).buffer), [...shape], "float32");
    case "F16":
      return tensor(new Float32Array(words()).map(halfToFloat), [...shape], "float32");
    default:
      throw new Error(
        `loadTensors: ${path} is ${dtype}, of ${DTYPES[dtype]} bytes a number; F32, F16, BF16, I32, and I8 with scales can be loaded. Convert it first.`,
      );
  }
}

/** A matrix in int8, [rows, columns], and the scales of its rows. */
function loadRows(path: string, { shape, bytes }: StoredTensor, scales: StoredTensor | undefined): Tensor {
  const wrong = (problem: string) => new Error(`loadTensors: ${path} is I8 [${shape}], ${problem}. Store it anew: storeTensors(…, { as: "int8" }).`);
  if (shape.length !== 2) throw wrong("but matrices alone are stored so");
  if (!scales) throw wrong(`but its scales, ${scalesOf(path)}, are missing`);
  if (scales.dtype !== "F32" || scales.shape.length !== 1 || scales.shape[0] !== shape[0])
    throw wrong(`so that its scales must be F32 [${shape[0]}], but they are ${scales.dtype} [${scales.shape}]`);
  const quantized = { values: new Int8Array(alignedOf(bytes)), scales: new Float32Array(alignedOf(scales.bytes)) };
  try {
    return tensor(dequantizeRows(quantized), [...shape], "float32");
  } catch (cause) {
    throw new Error(`loadTensors: ${path} is damaged: ${(cause as Error).message}`, { cause });
  }
}

/** A copy, as the bytes need not be aligned in the file and typed arrays must be. */
function alignedOf(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.slice().buffer;
}
