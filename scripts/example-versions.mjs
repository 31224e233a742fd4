// Writes the packages' versions into the examples that name them: after `changeset version`. With --check it only says which are others.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages, readJson } from "./packages.mjs";
import { root } from "./setup.mjs";

/** `NAME@VERSION` in addresses, and `"NAME": "VERSION"` among dependencies. */
const NAMED = /(@refrain\/[\w-]+|pure-rand)(@|": ")\d+\.\d+\.\d+[\w.-]*/g;

const examples = join(root, "examples");
const files = readdirSync(examples, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(html|json)$/.test(entry.name) && !entry.parentPath.includes("node_modules"))
  .map(({ parentPath, name }) => join(parentPath, name));
const versions = { ...readJson(join(root, "packages", "data", "package.json")).dependencies };
for (const { manifest } of publishedPackages()) versions[manifest.name] = manifest.version;

for (const file of files) {
  const text = readFileSync(file, "utf8");
  const current = text.replace(NAMED, (_, name, between) => `${name}${between}${versions[name]}`);
  if (current === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${file} names other versions than the packages have. Run node scripts/example-versions.mjs`);
    process.exitCode = 1;
  } else writeFileSync(file, current);
}
