import { type BackendValues, type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap, Pointer } from "@refrain/kernels";

/** The real and the imaginary part of a complex tensor, which TensorFlow.js keeps as tensors of their own. */
export type ComplexParts = { real: TensorInfo; imag: TensorInfo };

/**
 * The numbers of one tensor: in the kernels' heap, in an array of the host, or in neither yet.
 * What kernels computed lives in the heap; what the host handed in moves there when a kernel first asks for it.
 * The field names are those of TensorFlow.js's CPU backend, whose code reads them.
 */
export class Storage {
  refCount = 1;
  complexTensorInfos?: ComplexParts;
  dtype: DataType;
  readonly #heap: Heap;
  readonly #size: number;
  #host: BackendValues | undefined;
  #block: Pointer = 0;

  constructor(heap: Heap, dtype: DataType, size: number, host?: BackendValues) {
    this.#heap = heap;
    this.dtype = dtype;
    this.#size = size;
    this.#host = host;
  }

  /**
   * Where the numbers lie in the heap, as the type that the tensor has which asks: the CPU backend labels some of its results anew.
   * Blocks move never; the host's copy is dropped, as it would grow stale.
   */
  pointer(dtype: DataType = this.dtype): Pointer {
    if (dtype !== "float32" && dtype !== "int32") throw new Error(`the kernels compute float32 and int32, not ${dtype}. Cast the tensor first.`);
    if (this.#block !== 0) {
      if (dtype !== this.dtype) throw new Error(`the numbers lie in the heap as ${this.dtype} and cannot be read as ${dtype}. Cast the tensor first.`);
      return this.#block;
    }
    this.dtype = dtype;
    this.#block = this.#heap.alloc(this.#size * 4);
    if (this.#host) this.#view().set(this.#host as Float32Array);
    this.#host = undefined;
    return this.#block;
  }

  /**
   * The numbers as an array of the host: its own where it has one (writing to it writes the tensor), else a copy.
   * Undefined, as on the CPU backend, for complex tensors, whose numbers lie in their parts, and for strings before they are there.
   */
  get values(): BackendValues | undefined {
    if (this.#host) return this.#host;
    if (this.#block !== 0) return this.#view().slice();
    if (this.dtype === "complex64" || this.dtype === "string") return undefined;
    this.#host = util.getTypedArrayFromDType(this.dtype, this.#size);
    return this.#host;
  }

  /** Heap bytes held. */
  bytes(): number {
    return this.#block === 0 ? 0 : this.#size * 4;
  }

  /** Moves the numbers to the host: the heap is given back, and they stay readable. */
  toHost(): void {
    if (this.#block === 0) return;
    const { values } = this;
    this.release();
    this.#host = values;
  }

  release(): void {
    if (this.#block !== 0) this.#heap.free(this.#block);
    this.#block = 0;
    this.#host = undefined;
  }

  #view(): Float32Array | Int32Array {
    return this.dtype === "int32" ? this.#heap.i32(this.#block, this.#size) : this.#heap.f32(this.#block, this.#size);
  }
}
