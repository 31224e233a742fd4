import type { Tensor } from "@tensorflow/tfjs-core";
import { loadTensors, readSafetensors } from "@refrain/core";
import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** A golden case: what PyTorch computed, the parameters under its names after "param.". */
export type Golden = { readonly config: Readonly<Record<string, unknown>>; readonly tensors: ReadonlyMap<string, Tensor>; get(name: string): Tensor };

/** A case of tests/golden as tensors of the backend in use; see make.py there. */
export function readGolden(name: string): Golden {
  const file = new Uint8Array(readFileSync(new URL(`../../../tests/golden/cases/${name}.safetensors`, import.meta.url)));
  const { tensors: stored, metadata } = readSafetensors(file);
  const tensors = loadTensors(stored);
  return { config: JSON.parse(metadata.config as string), tensors, get: (tensor) => tensors.get(tensor) as Tensor };
}

/** The tensors of a case under a prefix, without it. */
export function under(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  return new Map([...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** Fails unless there are the same tensors by name, number for number. */
export function expectSameTensors(found: Readonly<Record<string, Tensor>>, expected: ReadonlyMap<string, Tensor>): void {
  expect(Object.keys(found).toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [name, tensor] of expected) {
    expect(found[name]?.shape, name).toEqual(tensor.shape);
    expect(found[name]?.dataSync(), name).toEqual(tensor.dataSync());
  }
}
