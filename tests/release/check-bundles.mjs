import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import ceilings from "../../.size-limit.mjs";
import { examples } from "../readme/examples.mjs";
import { ONE_OF } from "./one-of.mjs";

/** What no bundle holds: what the runtime has, and TensorFlow.js, which is counted nowhere. */
const OUTSIDE = ["node:*", "@tensorflow/*"];

/**
 * Bundles a package with esbuild and Rolldown: an import that is not used leaves nothing, one that uses one name brings what that needs and no more, and
 * everything together stays under the package's ceiling.
 */
export async function checkBundles({ manifest: { name }, place, tools }) {
  const limit = Number.parseFloat(ceilings.find((entry) => entry.name === name).limit) * 1000;
  const { export: one, holds } = ONE_OF[name] ?? assert.fail(`one-of.mjs names no export of ${name} to be bundled alone`);
  for (const [bundler, bundle] of Object.entries({ esbuild, rolldown })) {
    const unused = await bundle(`import * as all from "${name}";`, place, tools);
    assert.deepEqual(unused.modules, [], `${bundler} keeps modules of an import that is not used`);

    const single = await bundle(`export { ${one} } from "${name}";`, place, tools);
    assert.deepEqual(
      single.modules.filter((path) => !holds.test(path)),
      [],
      `${bundler} keeps what ${one} does not need`,
    );
    assert.notEqual(single.modules.length, 0);

    const { bytes } = await bundle(`export * from "${name}";`, place, tools);
    assert.ok(bytes <= limit, `${bundler} makes ${bytes} bytes of it, gzipped; at most ${limit} are allowed`);
  }
}

/** Bundles each example of a README with both bundlers, which must find everything and warn of nothing. */
export async function bundleExamples({ readme, place, tools }) {
  for (const { code } of examples(readme).filter(({ language }) => language === "ts"))
    for (const bundle of [esbuild, rolldown]) assert.ok((await bundle(code, place, tools)).bytes > 100, "nothing is left of it");
}

async function esbuild(code, place, tools) {
  const { build } = createRequire(join(tools, "package.json"))("esbuild");
  const options = { bundle: true, minify: true, format: "esm", platform: "browser", external: OUTSIDE, metafile: true, write: false, logLevel: "silent" };
  const { outputFiles, metafile, warnings } = await build({ ...options, stdin: { contents: code, resolveDir: place, loader: "ts" } });
  assert.deepEqual(warnings, []);
  const inputs = Object.entries(Object.values(metafile.outputs)[0].inputs);
  return { modules: named(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0)), bytes: gzipSync(outputFiles[0].contents).length };
}

async function rolldown(code, place, tools) {
  const path = join(tools, "node_modules", "rolldown", "dist", "index.mjs");
  assert.ok(existsSync(path));
  const { rolldown: start } = await import(pathToFileURL(path).href);
  const warnings = [];
  const build = await start({
    input: "virtual:entry",
    cwd: place,
    platform: "browser",
    external: [/^node:/, /^@tensorflow\//],
    onLog: (level, { message }) => level === "warn" && warnings.push(message),
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "virtual:entry" ? join(place, "entry.ts") : undefined),
        load: (id) => (id === join(place, "entry.ts") ? code : undefined),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  assert.deepEqual(warnings, []);
  const chunks = output.filter(({ type }) => type === "chunk");
  const modules = chunks.flatMap((chunk) => Object.entries(chunk.modules)).filter(([, { renderedLength }]) => renderedLength > 0);
  return { modules: named(modules), bytes: chunks.reduce((sum, chunk) => sum + gzipSync(chunk.code).length, 0) };
}

/** The modules that packages brought, by package and path. */
const named = (modules) => modules.flatMap(([path]) => path.replaceAll("\\", "/").split("/node_modules/").slice(1).slice(-1));
