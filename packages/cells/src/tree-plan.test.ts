import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forests } from "./tree.test-helper.ts";
import { planTrees } from "./tree-plan.ts";

describe("planTrees", () => {
  it("puts every node once, children right before their parents' level, and roots last", () => {
    fc.assert(
      fc.property(forests, (parents) => {
        const { sizes, order, places, parents: of } = planTrees("net", parents, parents.length);
        expect([...order].sort((a, b) => a - b)).toEqual([...parents.keys()]);
        order.forEach((node, place) => expect(places[node]).toBe(place));
        expect(of.length).toBe(sizes.length - 1);
        let start = 0;
        sizes.forEach((size, level) => {
          for (let at = 0; at < size; at++) {
            const parent = of[level] ? order[start + size + (of[level][at] as number)] : -1;
            expect(parents[order[start + at] as number]).toBe(parent);
          }
          start += size;
        });
        expect(start).toBe(parents.length);
      }),
    );
  });

  it("has as many levels as the deepest tree", () => {
    expect(planTrees("net", [-1, 0, 1, 2, -1, 4], 6).sizes).toEqual([1, 1, 2, 2]);
    expect(planTrees("net", [-1, -1, -1], 3).sizes).toEqual([3]);
  });

  it("refuses another number of parents than of nodes", () => {
    expect(() => planTrees("treeLstm", [-1, 0], 3)).toThrow(
      new RangeError("treeLstm: parents must name one parent for each of the 3 nodes, but has 2 entries."),
    );
  });

  it.each([2, 3, -2, 0.5, Number.NaN])("refuses %d as the parent of node 2 of three", (parent) => {
    expect(() => planTrees("treeLstm", [-1, 0, parent], 3)).toThrow(
      new RangeError(`treeLstm: parents[2] must be -1 (a root) or the index of another of the 3 nodes, but is ${parent}.`),
    );
  });

  it("names the nodes of a cycle, with a root elsewhere or without", () => {
    expect(() => planTrees("treeLstm", [1, 2, 0], 3)).toThrow(new RangeError("treeLstm: nodes 0, 1, 2 are each other's ancestors, but a tree has no cycles."));
    // Node 1 hangs on the cycle, but is not part of it.
    expect(() => planTrees("treeLstm", [-1, 2, 3, 4, 2], 5)).toThrow("nodes 2, 3, 4 are each other's ancestors");
  });

  it("refuses every forest in which a root is hung under a node of its own tree", () => {
    fc.assert(
      fc.property(forests, fc.nat(), (parents, draw) => {
        const rootOf = (node: number): number => (parents[node] === -1 ? node : rootOf(parents[node] as number));
        const node = draw % parents.length;
        fc.pre(rootOf(node) !== node);
        expect(() => planTrees("net", parents.with(rootOf(node), node), parents.length)).toThrow("each other's ancestors");
      }),
    );
  });

  it("plans a chain of a hundred thousand nodes", () => {
    const chain = Int32Array.from({ length: 100_000 }, (_, i) => i - 1);
    const { sizes, order } = planTrees("net", chain, chain.length);
    expect(sizes.length).toBe(100_000);
    expect([order[0], order.at(-1)]).toEqual([99_999, 0]);
  });
});
