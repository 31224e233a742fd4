import { backend, engine, getBackend, type KernelBackend, type Tensor, type TensorInfo, util } from "@tensorflow/tfjs-core";

/** A run of a WGSL program of ours. */
export type GpuProgram = {
  /** Programs of one name, with inputs of the same names and types, have the same code, which is compiled once. */
  readonly name: string;
  /**
   * WGSL with a `fn main(index : i32)`, `index` counting all invocations of all workgroups. It finds the inputs as arrays under their
   * names, the numbers as `uniforms.name`, and writes `result`. It must use each input and a number: WebGPU refuses what is bound for
   * nothing. There may be more workgroups than were asked for, which must not write beside the result.
   */
  readonly code: () => string;
  /** No more than seven, which is what every GPU can bind beside the result; none of them empty. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly ints: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  /** Invocations of a workgroup; 64 by default. */
  readonly size?: number;
  readonly workgroups: number;
};

/** What TensorFlow.js's WebGPU backend offers to its own kernels, as far as it is needed here: its package is imported only when asked for. */
type WebGpuBackend = KernelBackend & {
  readonly device: { readonly limits: { readonly maxStorageBufferBindingSize: number } };
  makeTensorInfo(shape: number[], dtype: "float32"): TensorInfo;
  runWebGPUProgram(program: object, inputs: TensorInfo[], dtype: "float32", uniforms: object[], output: TensorInfo): TensorInfo;
};

/** Whether programs of ours can run: whether TensorFlow.js's WebGPU backend is in use. */
export function onWebgpu(): boolean {
  return getBackend() === "webgpu";
}

/** Whether programs can have an array of so many float32 on this GPU. */
export function fitsOneBinding(numbers: number): boolean {
  return 4 * numbers <= (backend() as WebGpuBackend).device.limits.maxStorageBufferBindingSize;
}

/** Runs a program on the WebGPU backend as one dispatch. `result` is a float32 tensor of this shape, not cleared, or one that is there and written on. */
export function runProgram({ name, code, inputs, ints, floats = {}, size = 64, workgroups }: GpuProgram, result: readonly number[] | Tensor): Tensor {
  const gpu = backend() as WebGpuBackend;
  const out = "dataId" in result ? result : engine().makeTensorFromTensorInfo(gpu.makeTensorInfo([...result], "float32"), gpu);
  const uniforms = [...Object.keys(ints).map((key) => `${key} : i32, `), ...Object.keys(floats).map((key) => `${key} : f32, `)];
  const program = {
    variableNames: Object.keys(inputs),
    uniforms: uniforms.join(""),
    outputShape: [out.size],
    dispatchLayout: { x: [0] },
    dispatch: [workgroups, 1, 1],
    workgroupSize: [size, 1, 1],
    shaderKey: `refrain ${name}`,
    getUserCode: code,
  };
  const numbers = [
    ...Object.values(ints).map((value) => ({ type: "int32", data: [value] })),
    ...Object.values(floats).map((value) => ({ type: "float32", data: [value] })),
  ];
  gpu.runWebGPUProgram(program, Object.values(inputs).map(flat), "float32", numbers, flat(out));
  return out;
}

/** As one row, so that the program's code does not depend on the shape. */
const flat = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => ({ dataId, dtype, shape: [util.sizeFromShape(shape)] });
