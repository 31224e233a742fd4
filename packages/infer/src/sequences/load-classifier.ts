import type { LoadOptions, ModelSource } from "../contract.ts";
import { load } from "../load.ts";
import { classifier, type Classifier } from "./classifier.ts";

/** A saved classifier, ready to run on the kernels alone. @throws {Error} as `loadLanguageModel` does. */
export async function loadClassifier(source: ModelSource, options: LoadOptions = {}): Promise<Classifier> {
  return await load(source, options, { classifier });
}
