import { parseArgs } from "node:util";
import type { Settings } from "./contract.ts";

/** The benchmarks by name, and what each measures. */
export const BENCHES = {
  gemm: "matrix products 64³, 256³ and 768³, both builds: GFLOP/s",
  train: "training steps of the models: tokens/s",
  sample: "writing one token after the other: tokens/s",
  "tfjs-ops": "TensorFlow.js operations on our backend and on its own for WebAssembly: µs",
  startup: "from the import to the first product and to the first token, in a fresh process: ms",
  memory: "what training lyrics-512 takes at most, and the size of the WebAssembly files",
  scaling: "how time and memory grow with sequence length and context, and two threads against one",
  dispatches: "what WebGPU is sent for a training step and for a token, counted in Chromium: dispatches",
  edge: "the example's Cloudflare Worker: from module start to the first token, and writing against the same in Node",
} as const;

export type BenchName = keyof typeof BENCHES;

export type Options = Settings & {
  readonly names: readonly BenchName[];
  /** One line of JSON a comparison instead of text. */
  readonly json: boolean;
  /** Write docs/performance.md. */
  readonly report: boolean;
  readonly help: boolean;
};

const names = Object.keys(BENCHES) as BenchName[];
const list = names.map((name) => `  ${name.padEnd(12)}${BENCHES[name]}`).join("\n");

export const HELP: string = `npm run bench -- [NAME ...] [--json] [--threads N] [--report]

Our figure, each peer's, and how many times better ours is, measured in turns in one run; medians.

${list}

Without a NAME all of them run, which takes about half an hour.

  --json        one line of JSON a comparison: {"bench","shape","threads","unit","ours","peer","peerValue","ratio"};
                a ratio above 1 means that ours is better, also where less is better. Notes go to stderr
  --threads N   threads that ours may use, and that peers use who can. By default: gemm on one and on all cores; train, memory and
                scaling on all cores; sample on one or on all, whichever is faster; tfjs-ops, startup and edge on one; it makes no difference to dispatches
  --report      also write docs/performance.md and its pictures from the lines of this run
  --help        this text

Examples:
  npm run bench -- gemm                     matrix products against the machine's peak and the peers
  npm run bench -- train sample --json      lines for a script
  npm run bench -- train --threads 1        training on one thread
  npm run bench -- --report                 everything, and the page

Peers that the repository does not need itself are installed into tests/bench/peers. PyTorch is used where PYTHON (by default
/usr/bin/python3) has it: apt-get install python3-torch libopenblas0-pthread.`;

/** What was asked for on the command line. @throws {Error} when it is not understood. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean" }, threads: { type: "string" }, report: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(BENCHES, name));
  if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(", ")}. Choose from ${names.join(", ")}.`);
  const { json = false, report = false, help = false } = values;
  return { names: positionals.length > 0 ? names.filter((name) => positionals.includes(name)) : names, json, report, help, threads: threadsOf(values.threads) };
}

function threadsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const threads = Number(given);
  if (!/^\d+$/.test(given) || threads < 1 || threads > 64) throw new Error(`--threads must be a whole number from 1 to 64, but is ${JSON.stringify(given)}.`);
  return threads;
}
