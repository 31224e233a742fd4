import type { LoadOptions, ModelSource } from "../contract.ts";
import { load } from "../load.ts";
import type { Captioner } from "./contract.ts";
import { captioner } from "./captioner.ts";

/** A saved captioner of pictures, ready to run on the kernels alone. @throws {Error} as `loadLanguageModel` does. */
export async function loadCaptioner(source: ModelSource, options: LoadOptions = {}): Promise<Captioner> {
  return await load(source, options, { captioner });
}
