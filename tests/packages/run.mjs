// Packs every published package as npm would and looks at the tarball: publint, "are the types wrong?" for ES modules, no tests in it, and source maps
// that carry their sources. Then JSR's dry run, from the TypeScript sources, for all that goes there.
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { publishedPackages } from "../../scripts/packages.mjs";
import { root } from "../../scripts/setup.mjs";

/** How CommonJS and TypeScript before 4.7 resolve a package: for those there is nothing here. */
const NOT_FOR = ["node10", "node16-cjs"];

/** What the kernels' loader reads from beside the code, which no import asks for. */
const BESIDE = ["simd", "relaxed", "simd-threads", "relaxed-threads"].map((build) => `kernels-as/wasm/${build}.wasm`);

const folder = mkdtempSync(join(import.meta.dirname, ".packed-"));
let passed = 0,
  failed = 0;

function report(what, faults) {
  if (faults.length === 0) passed++;
  else failed++;
  console.log(faults.length === 0 ? `passed  ${what}` : `FAILED  ${what}\n${faults.map((fault) => `        ${fault}`).join("\n")}`);
}

/** Faults that publint finds, suggestions included. */
async function publintFaults(manifest, tarball) {
  const { messages } = await publint({ pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
}

/** What TypeScript would get wrong of what the package exports. */
async function typeFaults({ exports }, tarball) {
  if (!exports) return [];
  const { problems } = await checkPackage(createPackageFromTarballData(tarball));
  return (problems ?? []).filter(({ resolutionKind }) => !NOT_FOR.includes(resolutionKind)).map((problem) => `types: ${JSON.stringify(problem)}`);
}

/** What the tarball must hold, and must not. */
function contentFaults(name, tarball) {
  const packed = createPackageFromTarballData(tarball);
  const paths = packed.listFiles().map((path) => path.replace(`/node_modules/${name}/`, ""));
  const missing = ["LICENSE", "README.md"].filter((path) => !paths.includes(path)).map((path) => `${path} is missing`);
  const tests = paths.filter((path) => /\.test\b/.test(path)).map((path) => `${path} is a test`);
  const maps = packed.listFiles().filter((path) => path.endsWith(".js.map"));
  const empty = maps.filter((path) => !JSON.parse(packed.readFile(path)).sourcesContent?.[0]).map((path) => `${path} carries no source`);
  return [...missing, ...tests, ...empty];
}

for (const { folder: place, manifest } of publishedPackages()) {
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: join(root, place), encoding: "utf8" });
  const [{ filename }] = Object.values(JSON.parse(packed));
  const tarball = new Uint8Array(readFileSync(join(folder, filename)));
  report(manifest.name, [...(await publintFaults(manifest, tarball)), ...(await typeFaults(manifest, tarball)), ...contentFaults(manifest.name, tarball)]);
}
rmSync(folder, { recursive: true });

const { status, stdout, stderr } = spawnSync("deno", ["publish", "--dry-run", "--allow-dirty"], {
  cwd: root,
  encoding: "utf8",
  env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
});
const said = stdout + stderr;
report("JSR's dry run", status === 0 ? BESIDE.filter((path) => !said.includes(path)).map((path) => `${path} is not published`) : [said]);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
