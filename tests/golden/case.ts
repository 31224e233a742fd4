import { type Json, loadTensors, readSafetensors } from "@refrain/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** The file of a case, wherever it was read. */
export type CaseFile = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** One golden case: what PyTorch was given and what it computed. See make.py. */
export type GoldenCase = {
  readonly name: string;
  readonly config: { readonly op: string } & Record<string, Json>;
  /** All tensors by name: "in.x", "param.weight", "out.y", "grad.x", "probe.y". */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** A tensor that the case must have. */
  get(name: string): Tensor;
};

/** What an implementation computed, under the names that the case has for it. */
export type Computed = Readonly<Record<string, Tensor>>;

/** Computes a case. Outputs are named "out.X", gradients "grad.X". */
export type Operation = (golden: GoldenCase) => Computed | Promise<Computed>;

/** A case as tensors of the backend in use. */
export function readCase({ name, bytes }: CaseFile): GoldenCase {
  const { tensors: stored, metadata } = readSafetensors(bytes);
  const tensors = loadTensors(stored);
  return {
    name,
    config: JSON.parse(metadata.config as string),
    tensors,
    get(tensor) {
      const found = tensors.get(tensor);
      if (!found) throw new Error(`the case ${name} has no tensor ${tensor}; it has ${[...tensors.keys()].join(", ")}`);
      return found;
    },
  };
}

/** The tensors whose names start with a prefix, without it. */
export function withPrefix(golden: GoldenCase, prefix: string): Record<string, Tensor> {
  return Object.fromEntries([...golden.tensors].filter(([name]) => name.startsWith(prefix)).map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
