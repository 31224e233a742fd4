import { ones, scalar, type Tensor, tensor1d, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { TensorTree } from "./contract.ts";
import { disposeTree, fillTree, isTensor, leaves, leavesWithPaths, mapTree, named } from "./tree.ts";
import { memoryInUse, useBackend } from "./use-backend.ts";

/** Trees of numbers, from which trees of scalars are made. */
const shapes = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.nat(100),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("tree"), { maxKeys: 3 }),
  ),
})).tree;

function treeOf(shape: unknown): TensorTree {
  if (typeof shape === "number") return scalar(shape);
  if (Array.isArray(shape)) return shape.map(treeOf);
  return Object.fromEntries(Object.entries(shape as object).map(([name, child]) => [name, treeOf(child)]));
}

/** The tree of numbers again. */
function numbersOf(tree: TensorTree): unknown {
  if (isTensor(tree)) return tree.dataSync()[0];
  if (Array.isArray(tree)) return tree.map(numbersOf);
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, numbersOf(child as TensorTree)]));
}

beforeAll(async () => {
  await useBackend("simd");
});

describe("the paths of a tree", () => {
  it("name each leaf by the fields and places that lead to it", () => {
    const tree: TensorTree = { cells: [{ weight: scalar(1) }, { weight: scalar(2), bias: scalar(3) }], head: scalar(4) };
    expect(leavesWithPaths<Tensor>(tree, isTensor).map(([path, leaf]) => [path, leaf.dataSync()[0]])).toEqual([
      ["cells.0.weight", 1],
      ["cells.1.weight", 2],
      ["cells.1.bias", 3],
      ["head", 4],
    ]);
    expect(leaves(tree).map((leaf) => leaf.dataSync()[0])).toEqual([1, 2, 3, 4]);
  });

  it("are empty for a tree that is one leaf, and none for a tree without leaves", () => {
    expect([...named(scalar(1)).keys()]).toEqual([""]);
    expect(named({ a: {}, b: [] }).size).toBe(0);
  });
});

describe("mapTree", () => {
  it("keeps the form of any tree and replaces each leaf", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const tree = treeOf(shape);
        const paths: string[] = [];
        const doubled = mapTree(tree, (leaf, path) => {
          paths.push(path);
          return scalar(2 * (leaf.dataSync()[0] as number));
        });
        expect(numbersOf(doubled)).toEqual(JSON.parse(JSON.stringify(shape), (_, value) => (typeof value === "number" ? 2 * value : value)));
        expect(paths).toEqual([...named(tree).keys()]);
        disposeTree([tree, doubled]);
      }),
    );
  });
});

describe("fillTree", () => {
  it("puts the named tensors of any tree back where they were", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const tree = treeOf(shape);
        const filled = fillTree(
          mapTree(tree, (leaf) => leaf.clone()),
          named(tree),
        );
        expect(numbersOf(filled)).toEqual(shape);
        expect(leaves(filled)).toEqual(leaves(tree));
        disposeTree(tree);
      }),
    );
  });

  const like = () => ({ a: zeros([2]), b: [zeros([3])] });

  it("names a parameter that is missing, and what there is", () => {
    expect(() => fillTree(like(), new Map([["a", ones([2])]]))).toThrow("the parameter b.0 [3] is missing; there are a.");
    expect(() => fillTree(like(), new Map())).toThrow("the parameter a [2] is missing; there are none.");
  });

  it("names tensors that belong to no parameter, and the parameters", () => {
    const tensors = new Map<string, Tensor>([
      ["a", ones([2])],
      ["b.0", ones([3])],
      ["c", ones([1])],
      ["b.1", ones([1])],
    ]);
    expect(() => fillTree(like(), tensors)).toThrow("the tensors c, b.1 belong to no parameter; the parameters are a, b.0.");
  });

  it("names a parameter of another shape, also where the number of numbers agrees", () => {
    const tensors = new Map<string, Tensor>([
      ["a", ones([1, 2])],
      ["b.0", ones([3])],
    ]);
    expect(() => fillTree(like(), tensors)).toThrow("the parameter a has shape [1,2], but [2] must hold.");
  });
});

describe("disposeTree", () => {
  it("gives back every tensor, one that stands in two places once", () => {
    const before = memoryInUse().tensors;
    const shared = tensor1d([1, 2]);
    const tree = { a: shared, b: [shared, scalar(3)], c: {} };
    disposeTree(tree);
    expect(shared.isDisposed).toBe(true);
    expect(memoryInUse().tensors).toBe(before);
  });
});
