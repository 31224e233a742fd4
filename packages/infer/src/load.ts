import { type Kernels, loadKernels } from "@refrain/kernels";
import type { LoadOptions, ModelSource } from "./contract.ts";
import { type Maker, makeModel } from "./make-model.ts";
import { readSource } from "./read-source.ts";

/** Reads a source and makes the model in it, which must be of one of these kinds; loads kernels where none are given. */
export async function load<Model>(source: ModelSource, options: LoadOptions, makers: Readonly<Record<string, Maker<Model>>>): Promise<Model> {
  const { kernels: given } = options;
  const [bytes, kernels] = await Promise.all([readSource(source, options), given && "run" in given ? (given as Kernels) : loadKernels(given)]);
  options.signal?.throwIfAborted();
  try {
    return makeModel(bytes, kernels, options, makers, kernels === given ? [] : [kernels]);
  } catch (error) {
    if (kernels !== given) kernels.dispose();
    throw error;
  }
}
