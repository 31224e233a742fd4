export { supports } from "./features.ts";
export type { Heap } from "./heap.ts";
export { instantiateKernels } from "./instantiate-kernels.ts";
export type { Build, KernelFunctions, Kernels, Pointer } from "./kernels.ts";
export { loadKernels, type LoadOptions } from "./load-kernels.ts";
export { BINARY, UNARY } from "./operations.ts";
