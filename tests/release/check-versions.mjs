import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages, readJson } from "../../scripts/packages.mjs";
import { SAID } from "./make-change.mjs";

/** What `npm run version` must leave: one new version everywhere, in all ranges and in deno.json, changelogs, and no changeset. Gives the version. */
export function checkVersions(tree, before) {
  const packages = publishedPackages(tree);
  const names = new Set(packages.map(({ manifest }) => manifest.name));
  const { version } = packages[0].manifest;
  assert.notEqual(version, before);
  for (const { folder, manifest } of packages) {
    assert.equal(manifest.version, version, `${folder} has another version`);
    for (const [name, range] of Object.entries(manifest.dependencies ?? {}))
      if (names.has(name)) assert.equal(range, `^${version}`, `${folder} wants another ${name}`);
    if (manifest.exports) {
      const deno = readJson(join(tree, folder, "deno.json"));
      assert.equal(deno.version, version, `${folder}/deno.json has another version`);
      for (const [name, target] of Object.entries(deno.imports ?? {})) if (names.has(name)) assert.equal(target, `jsr:${name}@^${version}`);
    }
  }
  const changelog = readFileSync(join(tree, "packages", "safetensors", "CHANGELOG.md"), "utf8");
  assert.ok(changelog.includes(`## ${version}`) && changelog.includes(SAID), "the changelog says nothing of the change");
  assert.deepEqual(
    readdirSync(join(tree, ".changeset")).filter((name) => name.endsWith(".md") && name !== "README.md"),
    [],
  );
  assert.equal(readJson(join(tree, "package-lock.json")).packages["packages/safetensors"].version, version, "package-lock.json has another version");
  return version;
}
