/** The compiled kernels, where a bundler or a runtime imports WebAssembly as a module: workerd and wrangler do. */
declare const module: WebAssembly.Module;
export default module;
