import type { Kernels } from "@refrain/kernels";
import type { LoadOptions } from "./contract.ts";
import { type ModelFile, readModelFile } from "./model-file.ts";
import { type Parameters, parametersOf } from "./parameters.ts";

/** Makes a model of one kind of what its file holds. */
export type Maker<Model> = (kernels: Kernels, file: ModelFile, params: Parameters) => Model;

/** The model in a file's bytes, which must be of one of these kinds. If it fails, nothing is left behind in the heap. @param owned what ends with the model */
export function makeModel<Model>(
  bytes: Uint8Array<ArrayBuffer>,
  kernels: Kernels,
  { weights }: Pick<LoadOptions, "weights">,
  makers: Readonly<Record<string, Maker<Model>>>,
  owned: readonly { dispose(): void }[] = [],
): Model {
  if (weights !== undefined && weights !== "f32" && weights !== "int8")
    throw new RangeError(`loading a model: weights must be "f32" or "int8", but is ${JSON.stringify(weights)}. Leave it out for what the file says.`);
  const file = readModelFile(bytes, Object.keys(makers));
  const params = parametersOf(kernels, file.tensors, weights);
  owned.forEach(params.own);
  return kernels.heap.orNothing(() => {
    const model = (makers[file.kind] as Maker<Model>)(kernels, file, params);
    params.done();
    return model;
  });
}
