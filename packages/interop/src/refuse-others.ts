import { named, type TensorTree } from "@refrain/core";

/** @throws {Error} when parameters have tensors whose paths are none of those that the other framework's layer has a place for. */
export function refuseOthers(what: string, params: TensorTree, known: readonly string[]): void {
  const others = [...named(params).keys()].filter((path) => !known.includes(path));
  if (others.length > 0)
    throw new Error(`${what}: there is no counterpart of ${others.join(", ")}, only of ${known.join(", ")}. Save such a net as a Refrain model.`);
}
