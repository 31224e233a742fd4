/** Which nodes of a forest are computed when: a level is all nodes at one distance from their roots, and the deepest comes first. */
export type TreePlan = {
  /** Each level's number of nodes, deepest first. */
  readonly sizes: readonly number[];
  /** [nodes]: the nodes in the order they are computed. */
  readonly order: Int32Array;
  /** [nodes]: where in that order each node is. */
  readonly places: Int32Array;
  /** For each level but the roots', the place of each node's parent within the next level. */
  readonly parents: readonly Int32Array[];
};

/**
 * Plans a forest. Counting levels from the roots puts all children of a level into the one before it, so that no state is waited with.
 *
 * @param parents [nodes]: the index of each node's parent, -1 for a root
 * @throws {RangeError} unless there is one entry for each node, each -1 or the index of another node, and no node is its own ancestor.
 */
export function planTrees(asker: string, parents: ArrayLike<number>, nodes: number): TreePlan {
  if (parents.length !== nodes)
    throw new RangeError(`${asker}: parents must name one parent for each of the ${nodes} nodes, but has ${parents.length} entries.`);
  const children = Array.from({ length: nodes }, (): number[] => []);
  const roots: number[] = [];
  for (let node = 0; node < nodes; node++) {
    const parent = parents[node] as number;
    if (!Number.isInteger(parent) || parent < -1 || parent >= nodes || parent === node)
      throw new RangeError(`${asker}: parents[${node}] must be -1 (a root) or the index of another of the ${nodes} nodes, but is ${parent}.`);
    (parent === -1 ? roots : (children[parent] as number[])).push(node);
  }
  const downwards: number[][] = [];
  for (let level = roots; level.length > 0; level = level.flatMap((node) => children[node] as number[])) downwards.push(level);
  const levels = downwards.reverse();

  const order = Int32Array.from(levels.flat());
  if (order.length < nodes) throw new RangeError(`${asker}: ${cycleIn(parents, order)} are each other's ancestors, but a tree has no cycles.`);
  const places = new Int32Array(nodes),
    within = new Int32Array(nodes);
  order.forEach((node, place) => {
    places[node] = place;
  });
  for (const level of levels) for (const [place, node] of level.entries()) within[node] = place;
  return {
    sizes: levels.map(({ length }) => length),
    order,
    places,
    parents: levels.slice(0, -1).map((level) => Int32Array.from(level, (node) => within[parents[node] as number] as number)),
  };
}

/** Names a cycle: from any node that no root leads to, the ancestors run into one. */
function cycleIn(parents: ArrayLike<number>, reached: Int32Array): string {
  const known = new Set(reached);
  let node = 0;
  while (known.has(node)) node++;
  const path = new Set<number>();
  for (; !path.has(node); node = parents[node] as number) path.add(node);
  const ancestors = [...path];
  return `nodes ${ancestors.slice(ancestors.indexOf(node)).join(", ")}`;
}
