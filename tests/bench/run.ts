// npm run bench -- [NAME ...] [--json] [--threads N] [--report]: see options.ts, or --help.
import type { Bench, Line } from "./contract.ts";
import { type BenchName, HELP, type Options, parseOptions } from "./options.ts";
import { installPeers } from "./peers.ts";
import { textOf } from "./compare/line.ts";
import { writeReport } from "./report/write-report.ts";

const BENCHES: Record<BenchName, () => Promise<Bench>> = {
  gemm: async () => (await import("./benches/gemm.ts")).gemm,
  train: async () => (await import("./benches/train.ts")).train,
  sample: async () => (await import("./benches/sample.ts")).sample,
  "tfjs-ops": async () => (await import("./benches/tfjs-ops.ts")).tfjsOps,
  startup: async () => (await import("./benches/startup.ts")).startup,
  memory: async () => (await import("./benches/memory.ts")).memory,
  scaling: async () => (await import("./benches/scaling.ts")).scaling,
  dispatches: async () => (await import("./benches/dispatches.ts")).dispatches,
  edge: async () => (await import("./benches/edge.ts")).edge,
};

function read(args: string[]): Options {
  try {
    return parseOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\nnpm run bench -- --help tells what there is.`);
    process.exit(2);
  }
}

const options = read(process.argv.slice(2));
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
// These compare with nothing that is installed.
if (options.names.some((name) => name !== "dispatches" && name !== "edge")) installPeers();
const lines: Line[] = [],
  notes: string[] = [];
const output = {
  line(line: Line) {
    lines.push(line);
    console.log(options.json ? JSON.stringify(line) : textOf(line));
  },
  note(text: string) {
    notes.push(text);
    (options.json ? console.error : console.log)(text);
  },
};
for (const name of options.names) await (await BENCHES[name]())(options, output);
if (options.report) console.error(`wrote ${writeReport(lines, notes)}`);
