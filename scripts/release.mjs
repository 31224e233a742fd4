// npm run release: publishes to npm every package whose version is not there yet, built from nothing. Options are `changeset publish`'s.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages, readJson } from "./packages.mjs";
import { root, run } from "./setup.mjs";

if (process.env.NPM_CONFIG_PROVENANCE === "true" && !readJson(join(root, "package.json")).repository) {
  console.error(`npm run release: provenance ties a package to the repository that built it, but package.json has no "repository".
Add { "type": "git", "url": "git+https://…" } there, run npm run manifests -- --write, and commit.`);
  process.exit(1);
}
// What was built of files that are gone by now must not be published.
for (const { folder } of publishedPackages())
  for (const built of ["dist", "gen", "tsconfig.tsbuildinfo", "wasm/relaxed.wasm", "wasm/simd.wasm", "wasm/relaxed-threads.wasm", "wasm/simd-threads.wasm"])
    rmSync(join(root, folder, built), { recursive: true, force: true });
run("turbo", ["run", "build", "--force", "--output-logs=errors-only"]);
run("npm", ["run", "--silent", "manifests"]);
run("changeset", ["publish", ...process.argv.slice(2)]);
