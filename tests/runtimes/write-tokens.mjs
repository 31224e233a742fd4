// Loads a model's file with each build of the kernels and with threads, writes with each, and prints what came of it as JSON: write-tokens.mjs FILE
import { readFile } from "node:fs/promises";
import { loadLanguageModel } from "@refrain/infer";
import { loadKernels } from "@refrain/kernels";
import { tokensOf } from "./tokens-of.mjs";

const path = process.argv[2];
const written = [];
for (const options of [{}, { build: "simd" }, { threads: 2 }]) {
  const kernels = await loadKernels(options);
  const model = await loadLanguageModel(new Uint8Array(await readFile(path)), { kernels });
  written.push({ kernels: `${kernels.build}${kernels.threads > 1 ? `, ${kernels.threads} threads` : ""}`, tokens: await tokensOf(model) });
}
console.log(JSON.stringify(written));
