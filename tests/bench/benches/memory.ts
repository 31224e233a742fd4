import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Bench, Output } from "../contract.ts";
import { compare } from "../compare/compare.ts";
import { openContender, openTorch } from "../compare/contender.ts";
import { ratioOf } from "../compare/line.ts";
import { packageFolder } from "../peers.ts";
import { shapeOf } from "../shapes.ts";
import { CORES } from "./sides.ts";
import { measureOurs } from "./measure-ours.ts";

const MEGABYTE = 1e6,
  KILOBYTE = 1e3;

/** The most memory that training lyrics-512 takes, and the size of the WebAssembly files. */
export const memory: Bench = async ({ threads = CORES }, output) => {
  for (const kind of ["lstm", "gru"]) {
    const name = `${kind} lyrics-512`;
    const shape = shapeOf(name);
    const ours = () => openContender("train", { backend: "simd", threads, shape });
    await compare(
      {
        bench: "memory",
        shape: `training ${name}, largest resident set`,
        unit: "MB",
        ours: [{ threads, open: ours }],
        theirs: [
          { peer: "torch", open: () => openTorch({ what: "train", shape, threads: 1, blasThreads: 1 }) },
          { peer: "tfjs-backend-wasm", open: () => openContender("train", { backend: "wasm", threads: 1, shape }) },
        ],
        figure: ({ rss }) => (rss as number) / MEGABYTE,
        rounds: 1,
      },
      output,
    );
    const [figures] = await measureOurs([ours], 1);
    for (const [part, bytes] of [
      ["WebAssembly memory", figures?.memory],
      ["blocks of the heap", figures?.heap],
    ] as const)
      output.line({
        bench: "memory",
        shape: `training ${name}, ${part}`,
        threads,
        unit: "MB",
        ours: (bytes as number) / MEGABYTE,
        peer: null,
        peerValue: null,
        ratio: null,
      });
  }
  compareFiles(output);
};

/** Each build of ours against what the peers load in its place: the one without threads against the one without, where there are two. */
function compareFiles(output: Output): void {
  const require = createRequire(import.meta.url);
  for (const build of ["simd", "relaxed", "simd-threads", "relaxed-threads"]) {
    const shared = build.endsWith("threads");
    const ours = statSync(require.resolve(`@refrain/kernels/wasm/${build}`)).size / KILOBYTE;
    for (const [peer, name, file] of [
      ["tfjs-backend-wasm", "@tensorflow/tfjs-backend-wasm", `tfjs-backend-wasm-${shared ? "threaded-" : ""}simd.wasm`],
      ["onnxruntime-web", "onnxruntime-web", "ort-wasm-simd-threaded.wasm"],
    ] as const) {
      const folder = packageFolder(name);
      if (!folder) {
        output.note(`memory  ${build}.wasm: ${peer} is not installed`);
        continue;
      }
      const theirs = statSync(join(folder, "dist", file)).size / KILOBYTE;
      output.line({ bench: "memory", shape: `${build}.wasm`, threads: 1, unit: "KB", ours, peer, peerValue: theirs, ratio: ratioOf("KB", ours, theirs) });
    }
  }
}
