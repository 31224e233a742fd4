// Writes into package-lock.json what the workspaces' package.json files say of versions and dependencies, after `changeset version` changed them, and leaves
// the rest alone, which npm would resolve anew.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "./packages.mjs";
import { root } from "./setup.mjs";

const path = join(root, "package-lock.json");
const lock = readJson(path);
for (const [folder, entry] of Object.entries(lock.packages)) {
  if (folder === "" || folder.includes("node_modules")) continue;
  const { version, dependencies, devDependencies, peerDependencies } = readJson(join(root, folder, "package.json"));
  entry.version = version;
  for (const [kind, ranges] of Object.entries({ dependencies, devDependencies, peerDependencies })) {
    if (ranges) entry[kind] = Object.fromEntries(Object.entries(ranges).sort(([a], [b]) => (a < b ? -1 : 1)));
    else delete entry[kind];
  }
}
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
