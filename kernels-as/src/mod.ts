export { instantiateKernels } from "./instantiate-kernels.ts";
export { supports } from "./features.ts";
export type { Heap } from "./heap.ts";
export { BINARY, type Build, type KernelFunctions, type Kernels, type Pointer, UNARY } from "./kernels.ts";
export { loadKernels, type LoadOptions } from "./load-kernels.ts";
