// Runs TensorFlow.js core's own test suite (dist/tests.js of its npm package) on a backend:
//
//   BACKEND=simd|cpu|wasm|webgpu npm run test:tfjs [-- NAME]
//
// BACKEND is simd unless it is given, BUILD and THREADS are those of simd. webgpu runs in Chromium, which CHROMIUM names (default /usr/bin/chromium), the others in Node.
// NAME, for development, keeps to the specs whose full names contain it; the last line then says so.
// Each spec decides by its own constraints whether it runs on the backend; nothing else is left out. The two that only run on the
// backend named "cpu" have their like for every other in switching.mjs. Specs that TensorFlow.js itself holds to be pending are listed.
// Prints each failure in full and, last, "N passed, M failed"; ends with 1 where anything failed or nothing passed.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const BACKENDS = ["simd", "cpu", "wasm", "webgpu"];
const { BACKEND: backend = "simd", BUILD = "auto", THREADS = "1" } = process.env;
const [name, ...rest] = process.argv.slice(2);
if (!BACKENDS.includes(backend) || rest.length > 0) {
  console.error(
    `BACKEND=${BACKENDS.join("|")} npm run test:tfjs [-- NAME] was expected; there was BACKEND=${backend} and "${process.argv.slice(2).join(" ")}".`,
  );
  process.exit(2);
}

const require = createRequire(import.meta.url);
// Below this file, where the bundle finds the packages that stay outside it.
const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");
mkdirSync(dist, { recursive: true });
const folder = mkdtempSync(join(dist, "run-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
const inBrowser = backend === "webgpu";
const file = join(folder, "suite.cjs");
await bundle(file, inBrowser ? "browser" : "node");

async function runInNode() {
  const wasm = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist/");
  return await require(file).runSpecs(backend, name, wasm, backend === "simd" ? { build: BUILD, threads: Number(THREADS) } : {});
}

const { passed, pending, failures } = inBrowser ? await (await import("./in-browser.mjs")).runInBrowser(file, backend, name) : await runInNode();
for (const spec of pending) console.log(`pending  ${spec}`);
for (const { name, reasons } of failures) console.error(`FAILED   ${name}\n${reasons.join("\n")}\n`);
console.log(`TensorFlow.js core's specs on ${backend}:`);
console.log(`${passed} passed, ${failures.length} failed${name ? ` of the specs whose names contain "${name}"` : ""}`);
process.exit(failures.length > 0 || passed === 0 ? 1 : 0);
