import {
  backend_util,
  type BackendTimingInfo,
  type BackendValues,
  buffer,
  type DataId,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  kernel_impls,
  type Rank,
  type ShapeMap,
  type Tensor,
  type TensorBuffer,
  type TensorInfo,
  type TypedArray,
  util,
} from "@tensorflow/tfjs-core";
import type { Kernels, Pointer } from "@refrain/kernels";
import { Storage } from "./storage.ts";

/**
 * TensorFlow.js over our kernels and their one heap. A class because TensorFlow.js asks for one.
 * Its methods are those that the CPU backend's kernels call, so that these run here unchanged where we have none of our own.
 */
export class SimdBackend extends KernelBackend {
  /** What the CPU backend's matrix product reads of its backend. */
  readonly blockSize = 48;
  readonly kernels: Kernels;
  readonly data: DataStorage<Storage>;
  /** What lies in the heap; `data` cannot be listed. */
  readonly #inHeap = new Set<Storage>();
  #nextId = 0;

  constructor(kernels: Kernels) {
    super();
    this.kernels = kernels;
    this.data = new DataStorage(this, engine());
  }

  /** A tensor in the heap, its numbers not set yet, for a kernel to fill. */
  output(shape: number[], dtype: "float32" | "int32" = "float32"): TensorInfo {
    return this.makeTensorInfo(shape, dtype);
  }

  /** Where a tensor's numbers lie in the heap. */
  pointer(tensor: TensorInfo): Pointer {
    const storage = this.data.get(tensor.dataId);
    this.#inHeap.add(storage);
    return storage.pointer(tensor.dtype);
  }

  makeTensorInfo(shape: number[], dtype: DataType, values?: BackendValues | string[]): TensorInfo {
    const encoded =
      dtype === "string" && values?.length && util.isString(values[0] as string) ? (values as string[]).map((text) => util.encodeString(text)) : values;
    return { dataId: this.write(encoded as BackendValues, shape, dtype), shape, dtype };
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = { id: this.#nextId++ };
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    const complex = dtype === "complex64";
    const storage = new Storage(this.kernels.heap, dtype, util.sizeFromShape(shape), complex ? undefined : (values ?? undefined));
    storage.refCount = refCount;
    if (complex && values) {
      const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
      storage.complexTensorInfos = { real: this.makeTensorInfo(shape, "float32", real), imag: this.makeTensorInfo(shape, "float32", imag) };
    }
    this.data.set(dataId, storage);
  }

  override readSync(dataId: DataId): BackendValues {
    const storage = this.data.get(dataId);
    const parts = storage.complexTensorInfos;
    if (!parts) return util.convertBackendValuesAndArrayBuffer(storage.values as TypedArray, storage.dtype) as BackendValues;
    const [real, imag] = [parts.real, parts.imag].map((part) => this.readSync(part.dataId) as Float32Array);
    return backend_util.mergeRealAndImagArrays(real as Float32Array, imag as Float32Array);
  }

  override read(dataId: DataId): Promise<BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  bufferSync<R extends Rank, D extends DataType>(tensor: TensorInfo): TensorBuffer<R, D> {
    const values = this.readSync(tensor.dataId);
    const decoded = tensor.dtype === "string" ? (values as Uint8Array[]).map((bytes) => util.decodeString(bytes)) : values;
    return buffer(tensor.shape as ShapeMap[R], tensor.dtype as D, decoded as never);
  }

  makeOutput<T extends Tensor>(values: BackendValues, shape: number[], dtype: DataType): T {
    return engine().makeTensorFromTensorInfo(this.makeTensorInfo(shape, dtype, values), this) as T;
  }

  where(condition: Tensor): Tensor {
    return kernel_impls.whereImpl(condition.shape, this.readSync(condition.dataId) as TypedArray);
  }

  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.data.get(dataId).refCount++;
  }

  decRef(dataId: DataId): void {
    if (this.data.has(dataId)) this.data.get(dataId).refCount--;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const storage = this.data.get(dataId);
    storage.refCount--;
    if (!force && storage.refCount > 0) return false;
    if (storage.complexTensorInfos) {
      this.disposeData(storage.complexTensorInfos.real.dataId, true);
      this.disposeData(storage.complexTensorInfos.imag.dataId, true);
    }
    storage.release();
    this.#inHeap.delete(storage);
    this.data.delete(dataId);
    return true;
  }

  disposeIntermediateTensorInfo(tensor: TensorInfo): void {
    this.disposeData(tensor.dataId);
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: false, reasons: [] };
  }

  override time(f: () => void): Promise<BackendTimingInfo> {
    const start = util.now();
    f();
    return Promise.resolve({ kernelMs: util.now() - start });
  }

  override timerAvailable(): boolean {
    return true;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  /** Gives the heap back. Tensors that live on keep their numbers, on the host, where another backend finds them. */
  override dispose(): void {
    for (const storage of this.#inHeap) storage.toHost();
    this.#inHeap.clear();
  }
}
