import * as Plot from "@observablehq/plot";
import { drawSvg } from "./draw-svg.ts";

/** A part of a cell's state. */
export type ReachCurve = {
  readonly name: string;
  /** At distance 0, 1, 2, … from the loss. */
  readonly norms: readonly number[];
  /** What they are measured by: the cell's d loss / d h at the loss. */
  readonly unit: number;
};

/** The norms by distance, in units of d loss / d h at the loss, on a logarithmic scale, of the cells that `what` names. A norm of 0 has no place on it. */
export function memoryPicture(curves: readonly ReachCurve[], what: string): string {
  const points = curves.flatMap(({ name, norms, unit }) => norms.flatMap((norm, distance) => (norm > 0 ? [{ name, distance, share: norm / unit }] : [])));
  return drawSvg({
    x: { label: "steps from the loss" },
    y: { type: "log", label: `norm of d loss / d state, relative to that of h at the loss; ${what}`, tickFormat: ".0e" },
    color: { domain: curves.map(({ name }) => name) },
    marginLeft: 56,
    marginRight: 80,
    marks: [
      Plot.ruleY([1], { stroke: "#888" }),
      Plot.lineY(points, { x: "distance", y: "share", z: "name", stroke: "name" }),
      // In two columns, or names would lie upon each other where lines end close together.
      ...[0, 1].map((column) =>
        Plot.text(
          points.filter(({ name }) => curves.findIndex((curve) => curve.name === name) % 2 === column),
          Plot.selectLast({ x: "distance", y: "share", z: "name", text: "name", fill: "name", dx: 4 + 36 * column, textAnchor: "start" }),
        ),
      ),
    ],
  });
}
