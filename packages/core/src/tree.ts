import { Tensor } from "@tensorflow/tfjs-core";
import type { Tree } from "./contract.ts";

/** Whether a node of a tree of tensors is a leaf. */
export function isTensor(node: unknown): node is Tensor {
  return node instanceof Tensor;
}

/** The leaves in a fixed order, each with the path that names it in files: "cells.0.weightInput". */
export function leavesWithPaths<Leaf extends object>(tree: Tree<Leaf>, isLeaf: (node: unknown) => node is Leaf): [string, Leaf][] {
  const found: [string, Leaf][] = [];
  const visit = (node: Tree<Leaf>, path: string): void => {
    if (isLeaf(node)) found.push([path, node]);
    else for (const [name, child] of entriesOf(node)) visit(child, path === "" ? name : `${path}.${name}`);
  };
  visit(tree, "");
  return found;
}

/** The children of a node that are there, by name. */
function entriesOf<Leaf extends object>(node: Tree<Leaf>): [string, Tree<Leaf>][] {
  return Object.entries(node).filter(([, child]) => child !== undefined) as [string, Tree<Leaf>][];
}

/** The tensors of a tree, in the order of their paths' first appearance. */
export function leaves(tree: Tree<Tensor>): Tensor[] {
  return leavesWithPaths(tree, isTensor).map(([, leaf]) => leaf);
}

/** The tensors of a tree by path. */
export function named(tree: Tree<Tensor>): Map<string, Tensor> {
  return new Map(leavesWithPaths(tree, isTensor));
}

/** A tree of the same shape with each tensor replaced. */
export function mapTree<P extends Tree<Tensor>>(tree: P, replace: (leaf: Tensor, path: string) => Tensor): P {
  const visit = (node: Tree<Tensor>, path: string): Tree<Tensor> => {
    if (isTensor(node)) return replace(node, path);
    const at = (name: string) => (path === "" ? name : `${path}.${name}`);
    if (Array.isArray(node)) return node.map((child, i) => visit(child, at(String(i))));
    return Object.fromEntries(entriesOf(node).map(([name, child]) => [name, visit(child, at(name))]));
  };
  return visit(tree, "") as P;
}

/**
 * A tree of the shape of `like`, its tensors taken from `byPath`, in files' terms: loading.
 * @throws {Error} when a tensor is missing, superfluous, or of another shape.
 */
export function fillTree<P extends Tree<Tensor>>(like: P, byPath: ReadonlyMap<string, Tensor>): P {
  const expected = named(like);
  const superfluous = [...byPath.keys()].filter((path) => !expected.has(path));
  if (superfluous.length > 0)
    throw new Error(`the tensors ${superfluous.join(", ")} belong to no parameter; the parameters are ${[...expected.keys()].join(", ")}.`);
  return mapTree(like, (leaf, path) => {
    const found = byPath.get(path);
    if (!found) throw new Error(`the parameter ${path} [${leaf.shape}] is missing; there are ${[...byPath.keys()].join(", ") || "none"}.`);
    if (found.shape.join() !== leaf.shape.join()) throw new Error(`the parameter ${path} has shape [${found.shape}], but [${leaf.shape}] must hold.`);
    return found;
  });
}

/** Disposes every tensor of a tree. */
export function disposeTree(tree: Tree<Tensor>): void {
  for (const leaf of leaves(tree)) leaf.dispose();
}
