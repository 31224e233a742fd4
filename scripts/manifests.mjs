// Holds every published package to the same manifest, and writes the deno.json that follows from it (JSR reads it too). `--write` mends what it can;
// `npm run version` does so, that new versions reach both files.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { denoConfig, denoWorkspace, onJsr } from "./deno-config.mjs";
import { publishedPackages, readJson } from "./packages.mjs";
import { root } from "./setup.mjs";

const write = process.argv.includes("--write");
const packages = publishedPackages();
const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]));
const { license, engines, repository } = readJson(join(root, "package.json"));
const faults = [];

/** What every package.json must say, however it came to be. */
function wanted({ folder, manifest }) {
  return {
    ...manifest,
    license,
    type: "module",
    sideEffects: false,
    engines,
    // npm's provenance needs the repository's address, which the root package.json says once it has one.
    ...(repository && { repository: { ...repository, directory: folder } }),
    files: [...new Set([...manifest.files.filter((path) => !path.startsWith("!")), "CHANGELOG.md", "!dist/**/*.test*", "!**/*.tsbuildinfo"])],
    publishConfig: { access: "public" },
    ...(manifest.dependencies && { dependencies: withRanges(manifest.dependencies) }),
  };
}

/** Our own packages in the range of the common version, so that an installation finds one copy of each; of snapshots just the one. */
const withRanges = (dependencies) => mapValues(dependencies, (range, name) => (versions.has(name) ? rangeOf(versions.get(name)) : range));
const rangeOf = (version) => (version.includes("-") ? version : `^${version}`);
const mapValues = (record, change) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

/** Whether two values say the same: the order of names does not matter, that of `exports` does. */
const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)) && JSON.stringify(a.exports) === JSON.stringify(b.exports);
const sorted = (value) =>
  value?.constructor === Object
    ? Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((name) => [name, sorted(value[name])]),
      )
    : value;

function hold(path, text, equal = (found) => found === text) {
  const found = existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
  if (found !== undefined && equal(found)) return;
  if (write) writeFileSync(join(root, path), text);
  else faults.push(`${path} ${found === undefined ? "is missing" : "does not say what it must"}: npm run manifests -- --write`);
}

const pretty = (value) => `${JSON.stringify(value, null, 2)}\n`;

for (const { folder, manifest } of packages) {
  const right = wanted({ folder, manifest });
  hold(join(folder, "package.json"), pretty(right), (found) => same(JSON.parse(found), right));
  hold(join(folder, "LICENSE"), readFileSync(join(root, "LICENSE"), "utf8"));
  if (onJsr(manifest)) hold(join(folder, "deno.json"), pretty(denoConfig(right, versions)));

  for (const [name, entry] of Object.entries(manifest.exports ?? {}))
    if (Object.keys(entry).join() !== "types,default") faults.push(`${folder}/package.json: exports["${name}"] must have "types" and then "default"`);
  // An application may choose its TensorFlow.js; a library that brought one would bring a second.
  if (manifest.exports && manifest.dependencies?.["@tensorflow/tfjs-core"])
    faults.push(`${folder}/package.json: @tensorflow/tfjs-core must be a peer dependency`);
  checkReadme(folder);
}
hold("deno.json", pretty(denoWorkspace(packages)));

/** What npm and JSR show must not point into the repository, of which they know nothing. */
function checkReadme(folder) {
  const path = join(folder, "README.md");
  if (!existsSync(join(root, path))) return void faults.push(`${path} is missing`);
  for (const [, link] of readFileSync(join(root, path), "utf8").matchAll(/\]\(([^)\s]+)\)/g))
    if (!/^(https:|#)/.test(link) && normalize(link).startsWith("..")) faults.push(`${path}: ${link} is not in the package; link to where it is published`);
}

for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
