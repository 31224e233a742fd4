import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What runs a program given as a file: the command, and what comes before the file. */
export type Runtime = readonly [command: string, ...flags: string[]];

const here = import.meta.dirname;

// Other Nodes and Bun in a folder of its own: among the repository's packages their `node` would take the place of the toolchain's.
const nodes = join(here, "nodes");
const installed = (name: string, ...path: string[]) => join(nodes, "node_modules", name, ...path);
const found = {
  "Node 20": installed("node-20", "bin", "node"),
  "Node 22": installed("node-22", "bin", "node"),
  "Node 26": installed("node-26", "bin", "node"),
  Bun: installed("bun", "bin", "bun.exe"),
};

if (!Object.values(found).every((path) => existsSync(path)))
  spawnSync("npm", ["install", "--prefix", nodes, "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: "inherit", cwd: nodes });

const deno: Runtime = [
  join(here, "..", "..", "node_modules", ".bin", "deno"),
  "run",
  "--no-lock",
  "--node-modules-dir=manual",
  "--allow-read",
  "--allow-env",
  "--allow-sys",
];

// The one that runs this, which npm's scripts take from the toolchain.
if (!process.versions.node.startsWith("24.")) throw new Error(`this must be run by Node 24, but is by ${process.version}. Run npm run test:runtimes.`);

/** The runtimes that run a program as a file, by their names. One that is not installed fails when it is started: none is left out. */
export const RUNTIMES = {
  "Node 20": [found["Node 20"]],
  "Node 22": [found["Node 22"]],
  "Node 24": [process.execPath],
  "Node 26": [found["Node 26"]],
  Deno: deno,
  Bun: [found.Bun],
} satisfies Record<string, Runtime>;

/** Runs a program and gives what it printed. @throws {Error} that says how it ended, when not well; that the runtime is missing, when it is. */
export function run([command, ...flags]: Runtime, ...program: string[]): string {
  if (!existsSync(command)) throw new Error(`this runtime is missing: there is no ${command}. Run npm install here, and in tests/runtimes/nodes.`);
  const { status, stdout, stderr, error } = spawnSync(command, [...flags, ...program], {
    encoding: "utf8",
    cwd: here,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`it ended with ${status}: ${error?.message ?? ""}${stdout}${stderr}`);
  return stdout;
}
