import * as Plot from "@observablehq/plot";
import asciichart from "asciichart";
import { parseHTML } from "linkedom";
import type { History, Point } from "./history.ts";

/** Columns and lines of the curve in a terminal. */
const WIDTH = 60,
  HEIGHT = 10;

/** The training loss as a drawing of characters, for a terminal; undefined for fewer than two points. */
export function terminalCurve({ training }: History): string | undefined {
  const first = training[0],
    last = training.at(-1);
  if (!first || !last || training.length < 2) return undefined;
  const at = (step: number) => {
    const after = training.findIndex((point) => point.step >= step);
    const [a, b] = [training[after - 1] ?? first, training[after] ?? last];
    return a.step === b.step ? b.loss : a.loss + ((b.loss - a.loss) * (step - a.step)) / (b.step - a.step);
  };
  const series = Array.from({ length: WIDTH }, (_, i) => at(first.step + ((last.step - first.step) * i) / (WIDTH - 1)));
  return `${asciichart.plot(series, { height: HEIGHT }).replace(/ +$/gm, "")}\n${" ".repeat(11)}loss (nats per character), steps ${first.step} to ${last.step}`;
}

/** Both losses as an SVG picture. */
export function svgCurve({ training, validation }: History): string {
  const { document } = parseHTML("<html><body></body></html>");
  const series = (name: string, points: readonly Point[]) => points.map((point) => ({ ...point, name }));
  const all = [...series("training", training), ...series("validation", validation)];
  const plot = Plot.plot({
    document: document as unknown as Document,
    width: 720,
    height: 400,
    grid: true,
    x: { label: "step" },
    y: { label: "loss (nats per character)" },
    color: { domain: ["training", "validation"], range: ["#4269d0", "#ff725c"] },
    marks: [
      Plot.lineY(all, { x: "step", y: "loss", z: "name", stroke: "name" }),
      Plot.dot(series("validation", validation), { x: "step", y: "loss", fill: "name", r: 2.5 }),
      Plot.text(lastOf(all), { x: "step", y: "loss", text: "name", fill: "name", dx: -6, dy: -10, textAnchor: "end" }),
    ],
  });
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${plot.outerHTML}\n`;
}

function lastOf(points: readonly (Point & { name: string })[]): (Point & { name: string })[] {
  return [...new Map(points.map((point) => [point.name, point])).values()];
}
