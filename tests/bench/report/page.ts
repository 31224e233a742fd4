import { moreIsBetter, rounded } from "../compare/line.ts";
import type { Line, Opponent, Unit } from "../contract.ts";
import { BENCHES, type BenchName } from "../options.ts";

const HEAD = `# Performance

Made by \`npm run bench -- --report\`; do not edit it by hand. It says what one run found on one machine: other machines have other
figures, and ratios travel better than speeds. \`npm run bench -- --help\` tells how to measure yours.

Each side runs in a process of its own, and they take turns; figures are medians. In brackets stands how many times better ours is:
above 1 it is better, also where less is better. **peak** is a loop of multiply-adds that nothing holds up: what WebAssembly could reach
on this machine at the very best. Peers that may use several threads are quoted with the number that serves them best, but for products,
where they have as many as ours. TensorFlow.js's and jax-js's WebAssembly have one thread in Node. TensorFlow.js's has no gradient of a
gathering, so that it is trained with a product in the embedding's place.
`;

/** The page about a run. @param pictures of benchmarks by name, as addresses. */
export function page(lines: readonly Line[], notes: readonly string[], machine: readonly [string, string][], pictures: ReadonlyMap<string, string>): string {
  const sections = [...Map.groupBy(lines, ({ bench }) => bench)].map(([bench, own]) => {
    const picture = pictures.get(bench);
    const missing = notes.filter((note) => note.startsWith(`${bench} `)).map((note) => `- ${note.slice(bench.length).trim()}`);
    return [
      `## ${bench}\n`,
      `${capitalized(BENCHES[bench as BenchName])}.\n`,
      ...(picture ? [`![How many times better ours is, by shape and peer](${picture})\n`] : []),
      table(own),
      ...(missing.length > 0 ? [`\nWithout a figure:\n\n${missing.join("\n")}`] : []),
    ].join("\n");
  });
  const about = ["| | |", "|---|---|", ...machine.map(([name, value]) => `| ${name} | ${value} |`)].join("\n");
  return `${HEAD}\n${about}\n\n${sections.join("\n\n")}\n`;
}

/** One row a shape and number of threads, one column a peer. */
function table(lines: readonly Line[]): string {
  const peers = [...new Set(lines.flatMap(({ peer }) => (peer === null ? [] : [peer])))];
  const rows = [...Map.groupBy(lines, ({ shape, threads, unit }) => `| ${shape} | ${threads} | ${unit}${lessIsBetter(unit) ? ", less is better" : ""} |`)];
  const cells = (group: readonly Line[]) => [rounded(group[0]?.ours as number), ...peers.map((peer) => cell(group, peer))];
  const head = ["shape", "threads", "unit", "ours", ...peers];
  return [
    `| ${head.join(" | ")} |`,
    `|${head.map((_, i) => (i < 3 ? "---|" : "---:|")).join("")}`,
    ...rows.map(([start, group]) => `${start} ${cells(group).join(" | ")} |`),
  ].join("\n");
}

function cell(group: readonly Line[], peer: Opponent): string {
  const line = group.find((candidate) => candidate.peer === peer);
  return line ? `${rounded(line.peerValue as number)} (${rounded(line.ratio as number)} ×)` : "";
}

const lessIsBetter = (unit: Unit) => unit !== "exponent" && !moreIsBetter(unit);

const capitalized = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
