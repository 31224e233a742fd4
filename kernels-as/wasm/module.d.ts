/** A build of the kernels, compiled: what bundlers for edge workers make of a WASM file that is imported. */
declare const module: WebAssembly.Module;
export default module;
