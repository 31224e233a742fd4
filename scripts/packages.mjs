// The packages that are published: their folders and what their package.json says.
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./setup.mjs";

/** Reads a JSON file. */
export const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Every published package of a tree: { folder, manifest }, folders from that tree's root. */
export function publishedPackages(tree = root) {
  const patterns = readJson(join(tree, "package.json")).workspaces.map((pattern) => `${pattern}/package.json`);
  const found = globSync(patterns, { cwd: tree, exclude: ["**/node_modules/**"] }).sort();
  return found.map((path) => ({ folder: dirname(path), manifest: readJson(join(tree, path)) })).filter(({ manifest }) => !manifest.private);
}
