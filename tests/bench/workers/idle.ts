// Has the modules that the example's Worker has, and does nothing with them.
import kernels from "@refrain/infer/relaxed.wasm";
import weights from "../../../examples/worker/model.safetensors";

export default { fetch: () => new Response(`${kernels} ${weights.byteLength}`) };
