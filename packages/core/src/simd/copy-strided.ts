/** Where the entries of an array of some shape lie among others: entry (i, j, ..) at offset + i strides[0] + j strides[1] + .. */
export type Layout = { readonly offset: number; readonly strides: readonly number[] };

type Numbers = Float32Array | Int32Array;

/** The strides of a row-major array. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  return strides;
}

/** to[entry] = from[entry] for every entry of `shape`, each array with a layout of its own. */
export function copyStrided<T extends Numbers>(shape: readonly number[], from: T, source: Layout, to: T, target: Layout): void {
  const axes = mergeAxes(shape, source.strides, target.strides);
  const inner = axes.pop() ?? { extent: 1, from: 1, to: 1 };
  // Neighbours that stay neighbours go as one run.
  const run = inner.from === 1 && inner.to === 1 && inner.extent >= 8;
  const visit = (axis: number, at: number, put: number): void => {
    const own = axes[axis];
    if (own) {
      for (let i = 0; i < own.extent; i++) visit(axis + 1, at + i * own.from, put + i * own.to);
    } else if (run) to.set(from.subarray(at, at + inner.extent) as never, put);
    else for (let i = 0; i < inner.extent; i++) to[put + i * inner.to] = from[at + i * inner.from] as number;
  };
  visit(0, source.offset, target.offset);
}

type Axis = { extent: number; readonly from: number; readonly to: number };

/** The axes with neighbours made one where both layouts step through them alike, and those of one entry left out. */
function mergeAxes(shape: readonly number[], from: readonly number[], to: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const last = axes.at(-1),
      next = { extent, from: from[axis] as number, to: to[axis] as number };
    if (last && last.from === next.from * extent && last.to === next.to * extent) axes[axes.length - 1] = { ...next, extent: last.extent * extent };
    else axes.push(next);
  });
  return axes;
}
