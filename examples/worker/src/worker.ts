import { charRnnFrom } from "@refrain/infer/edge";
import kernels from "@refrain/infer/relaxed.wasm";
import weights from "../model.safetensors";
import { lyrics } from "./lyrics.ts";

// Made once, while the Worker starts; each request reads and writes in a session of its own.
const model = charRnnFrom(weights, { module: kernels });

export default { fetch: lyrics(model) };
