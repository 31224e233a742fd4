import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What ours is compared with. `peak` is a loop of multiply-adds: what the machine could reach at the very best. */
export const PEERS = ["peak", "tfjs-backend-wasm", "onnxruntime-web", "onnxruntime-node", "jax-js", "tfjs-layers", "torch"] as const;

export type Peer = (typeof PEERS)[number];

/** The npm packages of peers. */
const PACKAGES: Partial<Record<Peer, string>> = {
  "tfjs-backend-wasm": "@tensorflow/tfjs-backend-wasm",
  "onnxruntime-web": "onnxruntime-web",
  "onnxruntime-node": "onnxruntime-node",
  "jax-js": "@jax-js/jax",
  "tfjs-layers": "@tensorflow/tfjs-layers",
};

/** PyTorch's Python: Debian's, or the one that PYTHON names. */
export const PYTHON: string = process.env.PYTHON ?? "/usr/bin/python3";

/** Peers that nothing else in the repository wants live here, outside the workspace. */
const FOLDER = join(import.meta.dirname, "peers");
const require = createRequire(join(FOLDER, "package.json"));

/** The folder of an npm package, or undefined where it is not installed. */
export function packageFolder(name: string): string | undefined {
  return (require.resolve.paths(name) ?? []).map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, "package.json")));
}

/** Imports a peer's npm package. */
export async function importPeer(peer: Peer): Promise<unknown> {
  const name = PACKAGES[peer];
  if (!name) throw new Error(`${peer} is no npm package`);
  return await import(pathToFileURL(require.resolve(name)).href);
}

/** Installs the peers that are not in the repository's own node_modules; those that cannot be had are then not installed. */
export function installPeers(): void {
  if (Object.values(PACKAGES).every((name) => packageFolder(name))) return;
  console.error("installing the peers into tests/bench/peers…");
  // Without scripts: what they would fetch is not needed on a CPU. Without peers: TensorFlow.js must not come twice.
  const flags = ["--ignore-scripts", "--legacy-peer-deps", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"];
  spawnSync("npm", ["install", "--prefix", FOLDER, ...flags], { cwd: FOLDER, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
}

const versions = new Map<Peer, string | undefined>();

/** A peer's version, or undefined where it is not installed. */
export function versionOf(peer: Peer): string | undefined {
  if (!versions.has(peer)) versions.set(peer, findVersion(peer));
  return versions.get(peer);
}

function findVersion(peer: Peer): string | undefined {
  if (peer === "peak") return "this machine's";
  if (peer === "torch") {
    const { status, stdout } = spawnSync(PYTHON, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  }
  const folder = packageFolder(PACKAGES[peer] as string);
  return folder && (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}
