// Runs gradients.mjs for real on Node 24, Node 20, Deno and from an esbuild bundle, and compares what they print; and threads.mjs on Node 24,
// Node 20, Deno and Bun.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, "gradients.mjs"),
  threads = join(here, "threads.mjs");
const require = createRequire(import.meta.url);

// Beside this file, so that the bundle finds the kernels' WASM where it looks for it: in a folder next to its own.
const folder = mkdtempSync(join(here, ".bundle-"));
const bundle = join(folder, "dist", "bundle.mjs");
await build({
  entryPoints: [program],
  outfile: bundle,
  bundle: true,
  format: "esm",
  platform: "node",
  mainFields: ["module", "main"],
  external: ["node:*"],
  logLevel: "error",
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
});
const wasm = dirname(dirname(require.resolve("@refrain/kernels/wasm/simd")));
cpSync(join(wasm, "wasm"), join(folder, "wasm"), { recursive: true });

// Node 20 and Bun in a folder of its own: among the repository's packages Node 20's `node` would take the place of the toolchain's.
const nodes = join(here, "nodes");
const [node20, bun] = [
  ["node-20", "bin", "node"],
  ["bun", "bin", "bun.exe"],
].map((path) => join(nodes, "node_modules", ...path));
if (![node20, bun].every(existsSync))
  spawnSync("npm", ["install", "--prefix", nodes, "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: "inherit", cwd: nodes });

const deno = [
  join(here, "..", "..", "node_modules", ".bin", "deno"),
  "run",
  "--no-lock",
  "--node-modules-dir=manual",
  "--allow-read",
  "--allow-env",
  "--allow-sys",
];
const RUNS = {
  "gradients on Node 24": [process.execPath, program],
  "gradients on Node 20": [node20, program],
  "gradients on Deno": [...deno, program],
  "gradients from an esbuild bundle": [process.execPath, bundle],
  "threads on Node 24": [process.execPath, threads],
  "threads on Node 20": [node20, threads],
  "threads on Deno": [...deno, threads],
  "threads on Bun": [bun, threads],
};

let reference;
let failed = 0;
for (const [name, [command, ...args]] of Object.entries(RUNS)) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", cwd: here, env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" } });
  const ofThreads = name.startsWith("threads");
  if (!ofThreads) reference ??= stdout;
  const right = status === 0 && (ofThreads ? stdout.includes("the same bits on one thread and on two") : stdout === reference && stdout.includes("3 12 27"));
  if (!right) failed++;
  console.log(`${right ? "passed" : "FAILED"}  ${name}${right ? "" : `\n${error?.message ?? ""}${stdout}${stderr}`}`);
}
rmSync(folder, { recursive: true });
console.log(`${Object.keys(RUNS).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
