import { rounded } from "../compare/line.ts";
import type { Line } from "../contract.ts";

/** Pixels. */
const WIDTH = 760,
  LEFT = 170,
  RIGHT = 70,
  ROW = 16,
  HEADING = 24,
  TOP = 40;

const BETTER = "#0f766e",
  WORSE = "#c2410c",
  GREY = "#57606a";

/** What is written on white, so that it can be read whatever the page's own colours are. */
const text = (x: number, y: number, words: string, more = "") => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(words)}</text>`;

const escaped = (words: string) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A picture of the lines' ratios as bars from 1, to the right where ours is better, on a logarithmic scale; undefined where no line has one. */
export function bars(title: string, lines: readonly Line[]): string | undefined {
  const compared = lines.filter((line) => line.ratio !== null);
  if (compared.length === 0) return undefined;
  const groups = Map.groupBy(compared, ({ shape, threads }) => `${shape}, ${threads} thread${threads === 1 ? "" : "s"}`);
  const logs = compared.map(({ ratio }) => Math.log10(ratio as number));
  const [low, high] = [Math.floor(Math.min(-0.1, ...logs)), Math.ceil(Math.max(0.1, ...logs))];
  const at = (log: number) => LEFT + ((log - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const drawn: string[] = [];
  let y = TOP;
  for (const [name, group] of groups) {
    drawn.push(text(8, y + 15, name, 'font-weight="600"'));
    y += HEADING;
    for (const { peer, ratio } of group as (Line & { readonly peer: string; readonly ratio: number })[]) {
      drawn.push(bar(peer, ratio, y, at));
      y += ROW;
    }
  }
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const axis = ticks.map(
    (log) =>
      `<line x1="${at(log).toFixed(1)}" y1="${TOP}" x2="${at(log).toFixed(1)}" y2="${y}" stroke="${log === 0 ? GREY : "#d0d7de"}"/>` +
      text(at(log), TOP - 6, log === 0 ? "1 ×" : `${10 ** log} ×`, `text-anchor="middle" fill="${GREY}"`),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" width="${WIDTH}" height="${y + 10}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<rect width="100%" height="100%" fill="#fff"/>
${text(8, 16, title, 'font-size="13" font-weight="600"')}
${[...axis, ...drawn].join("\n")}
</svg>
`;
}

/** A peer's name, its bar, and the ratio beyond the bar's end. */
function bar(peer: string, ratio: number, y: number, at: (log: number) => number): string {
  const [one, end] = [at(0), at(Math.log10(ratio))];
  const rectangle = `<rect x="${Math.min(one, end).toFixed(1)}" y="${y + 2}" width="${Math.max(Math.abs(end - one), 1).toFixed(1)}" height="${ROW - 4}" fill="${ratio >= 1 ? BETTER : WORSE}"/>`;
  const words = text(Math.max(one, end) + 4, y + ROW - 4, `${rounded(ratio)} ×`, `fill="${GREY}"`);
  return text(LEFT - 8, y + ROW - 4, peer, 'text-anchor="end"') + rectangle + words;
}
