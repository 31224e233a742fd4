import type { ReachCurve } from "./memory-picture.ts";

const WIDTH = 12;

/** The norms at distances 0, 1, 2, 5, 10, … and the farthest, in units of d loss / d h at the loss; on top these units. */
export function memoryTable(curves: readonly ReachCurve[]): string {
  const row = (head: string, show: (curve: ReachCurve) => string) => `${head.padStart(WIDTH)}${curves.map((curve) => show(curve).padStart(WIDTH)).join("")}`;
  const farthest = Math.max(...curves.map(({ norms }) => norms.length - 1));
  return [
    row("distance", ({ name }) => name),
    row("unit", ({ unit }) => show(unit)),
    ...distances(farthest).map((distance) => row(String(distance), ({ norms, unit }) => show((norms[distance] as number) / unit))),
  ].join("\n");
}

function show(value: number): string {
  if (value === 0) return "0";
  return value >= 0.001 && value < 1000 ? value.toPrecision(4) : value.toExponential(2);
}

function distances(farthest: number): number[] {
  const found = [0];
  for (let unit = 1; unit <= farthest; unit *= 10) found.push(unit, 2 * unit, 5 * unit);
  return [...found.filter((distance) => distance < farthest), farthest];
}
