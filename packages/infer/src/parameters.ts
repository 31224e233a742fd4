import type { Kernels, Pointer } from "@refrain/kernels";
import { type Linear, type PackedAs, type PackedMatrix, packMatrix, packWholeMatrix } from "@refrain/kernels/nets";
import { isScales, scalesOf, type StoredTensor } from "@refrain/safetensors";
import { floatsOf } from "./floats-of.ts";

/** Rows of a table of embeddings, held as the file holds them. */
export type Table = {
  /** Writes a row's numbers [width] to a place in the heap. */
  copy(row: number, to: Pointer): void;
};

/**
 * A file's tensors, taken by their paths into the kernels' heap. Each throws an Error that names the tensor when it is not there, or of another
 * shape. What was taken lasts until `free`.
 */
export type Parameters = {
  has(path: string): boolean;
  /** [outputs, inputs], packed. */
  matrix(path: string, outputs: number, inputs: number): PackedMatrix;
  /** `PATH.weight` [outputs, inputs] and `PATH.bias` [outputs], which may be missing. */
  linear(path: string, outputs: number, inputs: number): Linear;
  table(path: string, rows: number, width: number): Table;
  /** Numbers in the heap. */
  vector(path: string, ...shape: number[]): Pointer;
  /** Numbers as an array of their own. */
  floats(path: string, ...shape: number[]): Float32Array<ArrayBuffer>;
  /** What was made of them, to be disposed of before they are given back. */
  own<Part extends { dispose(): void }>(part: Part): Part;
  /** @throws {Error} when the file has tensors that were not taken. */
  done(): void;
  /** @throws {Error} once everything was given back. */
  alive(): void;
  free(): void;
};

/** @param as how matrices are packed; by default in int8 those that the file stores so. */
export function parametersOf(kernels: Kernels, stored: ReadonlyMap<string, StoredTensor>, as?: PackedAs): Parameters {
  const { heap } = kernels;
  let tensors = stored;
  const taken = new Set<string>();
  const held: (() => void)[] = [];
  let freed = false;
  const damaged = (problem: string) => new Error(`this model file is damaged: ${problem}.`);

  const take = (path: string, shape: readonly number[]): StoredTensor => {
    const stored = tensors.get(path);
    if (!stored || isScales(path, tensors)) throw damaged(`it has no ${path}, which its config asks for`);
    if (stored.shape.join() !== shape.join()) throw damaged(`${path} is [${stored.shape}], but its config makes it [${shape}]`);
    taken.add(path);
    return stored;
  };
  const place = (bytes: Uint8Array): Pointer => {
    const at = heap.alloc(bytes.length);
    held.push(() => heap.free(at));
    heap.u8(at, bytes.length).set(bytes);
    return at;
  };
  /** A place that is given back as soon as `body` is done. */
  const lend = <T>(bytes: Uint8Array, body: (at: Pointer) => T): T => {
    const at = heap.alloc(bytes.length);
    try {
      heap.u8(at, bytes.length).set(bytes);
      return body(at);
    } finally {
      heap.free(at);
    }
  };
  const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  /** The scales of a matrix that is stored in int8, one a row. */
  const scales = (path: string, { shape }: StoredTensor): Float32Array<ArrayBuffer> => {
    const name = scalesOf(path),
      stored = tensors.get(name);
    if (stored?.dtype !== "F32" || stored.shape.join() !== `${shape[0]}`) throw damaged(`${name} must be F32 [${shape[0]}]`);
    return floatsOf(name, stored);
  };
  const spoilt = (path: string) => damaged(`${path} is no matrix in int8: numbers from -127 to 127, finite scales from 0 up`);
  /** A matrix's whole numbers and the scales of its rows, checked, where they are not packed, which checks them too. */
  const wholeRows = (path: string, stored: StoredTensor) => {
    const { buffer, byteOffset, length } = stored.bytes;
    const [wholes, factors] = [new Int8Array(buffer, byteOffset, length), scales(path, stored)];
    if (wholes.includes(-128) || factors.some((factor) => !(factor >= 0 && factor < Number.POSITIVE_INFINITY))) throw spoilt(path);
    return { wholes, factors };
  };
  const numbers = (path: string, stored: StoredTensor): Float32Array<ArrayBuffer> => {
    if (stored.dtype !== "I8") return floatsOf(path, stored);
    const { wholes, factors } = wholeRows(path, stored),
      width = wholes.length / factors.length;
    return Float32Array.from(wholes, (whole, i) => whole * (factors[Math.floor(i / width)] as number));
  };
  const floats: Parameters["floats"] = (path, ...shape) => numbers(path, take(path, shape));
  const vector: Parameters["vector"] = (path, ...shape) => place(bytesOf(floats(path, ...shape)));
  const matrix: Parameters["matrix"] = (path, outputs, inputs) => {
    const stored = take(path, [outputs, inputs]);
    const whole = stored.dtype === "I8" && as !== "f32";
    const packed = lend(whole ? stored.bytes : bytesOf(numbers(path, stored)), (m) =>
      whole
        ? lend(bytesOf(scales(path, stored)), (at) => packWholeMatrix(kernels, outputs, inputs, m, at))
        : packMatrix(kernels, as ?? "f32", outputs, inputs, m),
    );
    if (!packed) throw spoilt(path);
    held.push(packed.free);
    return packed;
  };

  return {
    has: (path) => tensors.has(path),
    matrix,
    linear: (path, outputs, inputs) => ({
      matrix: matrix(`${path}.weight`, outputs, inputs),
      bias: tensors.has(`${path}.bias`) ? vector(`${path}.bias`, outputs) : 0,
    }),
    table(path, rows, width) {
      const stored = take(path, [rows, width]);
      if (stored.dtype !== "I8") {
        const at = place(bytesOf(numbers(path, stored)));
        return { copy: (row, to) => heap.f32(to, width).set(heap.f32(at + 4 * row * width, width)) };
      }
      const { factors } = wholeRows(path, stored),
        at = place(stored.bytes);
      return {
        copy(row, to) {
          const whole = new Int8Array(heap.memory.buffer, at + row * width, width),
            out = heap.f32(to, width),
            factor = factors[row] as number;
          for (let i = 0; i < width; i++) out[i] = (whole[i] as number) * factor;
        },
      };
    },
    vector,
    floats,
    own(part) {
      held.push(part.dispose);
      return part;
    },
    done() {
      const left = [...tensors.keys()].find((path) => !taken.has(path) && !isScales(path, tensors));
      if (left !== undefined) throw damaged(`its config has no place for its tensor ${left}`);
      // What makes a model keeps these functions: the file's bytes need not stay with them.
      tensors = new Map();
    },
    alive() {
      if (freed) throw new Error("this model was disposed of. Load it again.");
    },
    free() {
      freed = true;
      for (const give of held.splice(0).reverse()) give();
    },
  };
}
