import { type Kernels, loadKernels } from "@refrain/kernels";
import type { LoadOptions, ModelSource } from "./contract.ts";
import { type ModelFile, readModelFile } from "./model-file.ts";
import { type Parameters, parametersOf } from "./parameters.ts";
import { readSource } from "./read-source.ts";

/** Makes a model of one kind of what its file holds. */
export type Maker<Model> = (kernels: Kernels, file: ModelFile, params: Parameters) => Model;

/** Reads a source and makes the model in it, which must be of one of these kinds. */
export async function load<Model extends { dispose(): void }>(
  source: ModelSource,
  { weights, kernels: given, ...reading }: LoadOptions,
  makers: Readonly<Record<string, Maker<Model>>>,
): Promise<Model> {
  if (weights !== undefined && weights !== "f32" && weights !== "int8")
    throw new RangeError(`loading a model: weights must be "f32" or "int8", but is ${JSON.stringify(weights)}. Leave it out for what the file says.`);
  const [bytes, kernels] = await Promise.all([readSource(source, reading), given && "run" in given ? given : loadKernels(given)]);
  reading.signal?.throwIfAborted();
  const file = readModelFile(bytes, Object.keys(makers));
  const params = parametersOf(kernels, file.tensors, weights);
  try {
    const model = (makers[file.kind] as Maker<Model>)(kernels, file, params);
    params.done();
    return model;
  } catch (error) {
    params.free();
    throw error;
  }
}
