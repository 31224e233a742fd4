import { reshape, type Tensor, tensor1d, where } from "@tensorflow/tfjs-core";
import { mapTree, named, type TensorTree } from "@refrain/core";

/** For each sequence of a batch the next tensors, [batch, ..] each, while it is running, else the last ones. */
export function chooseRunning<T extends TensorTree>(running: readonly boolean[], next: T, last: T): T {
  if (!running.includes(false)) return next;
  const old = named(last),
    mask = tensor1d([...running], "bool");
  return mapTree(next, (leaf, path) => where(reshape(mask, [running.length, ...new Array<number>(leaf.rank - 1).fill(1)]), leaf, old.get(path) as Tensor));
}
