import * as Plot from "@observablehq/plot";
import { drawSvg } from "./draw-svg.ts";
import type { AddingPoint } from "./train-adding.ts";

/** The mean squared error of each cell by step, on a logarithmic scale, with the target and what always answering 1 comes to. */
export function addingPicture(curves: ReadonlyMap<string, readonly AddingPoint[]>, length: number, target: number): string {
  const points = [...curves].flatMap(([cell, line]) => line.map(({ step, error }) => ({ cell, step, error })));
  const levels = [
    { error: 1 / 6, text: "always answering 1" },
    { error: target, text: "solved" },
  ];
  return drawSvg({
    x: { label: "step", domain: [0, Math.max(...points.map(({ step }) => step))] },
    y: { type: "log", tickFormat: "~g", label: `mean squared error on held-out sequences of ${length} steps` },
    color: { domain: [...curves.keys()] },
    marks: [
      Plot.ruleY(levels, { y: "error", stroke: "#888", strokeDasharray: "4 3" }),
      Plot.text(levels, { y: "error", text: "text", frameAnchor: "left", dx: 4, dy: 8, textAnchor: "start", fill: "#666" }),
      Plot.lineY(points, { x: "step", y: "error", z: "cell", stroke: "cell" }),
      Plot.dot(points, { x: "step", y: "error", fill: "cell", r: 1.5 }),
      Plot.text(points, Plot.selectLast({ x: "step", y: "error", z: "cell", text: "cell", fill: "cell", dx: 6, textAnchor: "start" })),
    ],
    marginRight: 50,
  });
}
