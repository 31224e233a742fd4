import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A plot as the text of an SVG file. */
export function drawSvg(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const plot = Plot.plot({ document: document as unknown as Document, width: 720, height: 400, grid: true, ...options });
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${plot.outerHTML}\n`;
}
