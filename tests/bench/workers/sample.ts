// Writes as many tokens as are asked for, and answers when it has.
import { charRnnFrom } from "@refrain/infer/edge";
import kernels from "@refrain/infer/relaxed.wasm";
import weights from "./model.safetensors";
import { writeTokens } from "./write-tokens.ts";

const model = charRnnFrom(weights, { module: kernels });

export default { fetch: async ({ url }: Request) => Response.json(await writeTokens(model, Number(new URL(url).searchParams.get("length")))) };
