import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What Chromium and Chrome are called on a PATH. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * A Chromium to test with: the one that the environment variable CHROMIUM names, one on the PATH, or else one that apt-get installs.
 *
 * @throws {Error} when there is none and none can be installed, saying why.
 */
export function findBrowser(): string {
  const named = process.env.CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`the environment variable CHROMIUM names ${named}, which does not exist`);
  }
  return onPath(...NAMES) ?? install();
}

function onPath(...names: string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

function install(): string {
  const absent = "there is no Chromium on the PATH, and the environment variable CHROMIUM names none";
  const apt = onPath("apt-get");
  if (!apt || process.getuid?.() !== 0) throw new Error(`${absent}; installing one takes apt-get and root`);
  console.error("installing chromium…");
  const run = (...args: string[]) => spawnSync(apt, args, { encoding: "utf8", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  run("update");
  const { stderr } = run("install", "-y", "--no-install-recommends", "chromium");
  const installed = onPath(...NAMES);
  if (!installed) throw new Error(`${absent}; apt-get could not install one:\n${stderr.trim()}`);
  return installed;
}
