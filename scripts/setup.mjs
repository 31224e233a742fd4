// What `npm start` and `npm test` do first on a fresh clone: install, when what is installed is not what the lock file says.
// Runs on any Node from 20 on, before anything is installed.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** npm's record of what it installed. */
const INSTALLED = join(root, "node_modules", ".package-lock.json");

/** Runs a command in the repository with the repository's own tools first on the PATH; ends this process when it fails. */
export function run(command, args, env = {}) {
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`;
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", ...env },
  });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}

function isCurrent() {
  const written = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return written(INSTALLED) >= Math.max(written(join(root, "package-lock.json")), written(join(root, "package.json")));
}

export function setup() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) {
    console.error(`Refrain needs Node 20 or later; this is ${process.versions.node}.`);
    process.exit(1);
  }
  if (isCurrent()) return;
  console.log("installing…");
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
}
