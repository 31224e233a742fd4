import { clone, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { mapTree, named, type TensorTree } from "@refrain/core";
import type { Mapping } from "./contract.ts";
import { readAll, type Reader } from "./reader.ts";

/** How the parameters of a layer are put together from tensors, and taken apart; mappings of larger layers use their parts' inside. */
export type Parts<P> = {
  read(reader: Reader): P;
  /** By name; some may be the parameters' own tensors. */
  write(params: P): Readonly<Record<string, Tensor>>;
};

/** Makes a mapping of its parts: everything is checked, and every tensor that it gives is a new one. `what` names it in errors. */
export function mapping<P extends TensorTree>(what: string, { read, write }: Parts<P>): Mapping<P> {
  return {
    load: (tensors, prefix = "") => tidy(() => readAll(what, tensors, prefix, read) as never),
    save: (params, prefix = "") => tidy(() => mapTree(withPrefix(prefix, write(params)), clone)),
  };
}

/** The tensors of a tree by their paths, with a prefix before each. */
export function withPrefix(prefix: string, tree: TensorTree): Record<string, Tensor> {
  return Object.fromEntries([...named(tree)].map(([path, tensor]) => [prefix + path, tensor]));
}
