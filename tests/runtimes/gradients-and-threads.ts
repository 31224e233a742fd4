import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { Report } from "./report.ts";
import { run, RUNTIMES } from "./runtimes.ts";

const here = import.meta.dirname;
const gradients = join(here, "gradients.mjs"),
  threads = join(here, "threads.mjs");

/** gradients.mjs must print the same on each Node, on Deno and from an esbuild bundle; threads.mjs must find the same bits on one thread and on two. */
export async function gradientsAndThreads({ check }: Report): Promise<void> {
  let reference: string | undefined;
  const same = (printed: string) => {
    reference ??= printed;
    if (printed !== reference || !printed.includes("3 12 27")) throw new Error(`it printed\n${printed}instead of\n${reference}`);
  };
  for (const name of ["Node 24", "Node 20", "Node 22", "Node 26", "Deno"] as const)
    await check(`gradients on ${name}`, () => same(run(RUNTIMES[name], gradients)));
  // Beside this file, so that the bundle finds the kernels' WASM where it looks for it: in a folder next to its own.
  const folder = mkdtempSync(join(here, ".bundle-"));
  try {
    await check("gradients from an esbuild bundle", async () => same(run(RUNTIMES["Node 24"], await bundle(folder))));
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const name of ["Node 24", "Node 20", "Deno", "Bun"] as const)
    await check(`threads on ${name}`, () => {
      const printed = run(RUNTIMES[name], threads);
      if (!printed.includes("the same bits on one thread and on two")) throw new Error(printed);
    });
}

/** Bundles gradients.mjs into a folder, and gives where it is. */
async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, "dist", "bundle.mjs");
  await build({
    entryPoints: [gradients],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    external: ["node:*"],
    logLevel: "error",
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  });
  const wasm = dirname(createRequire(import.meta.url).resolve("@refrain/kernels/wasm/simd"));
  cpSync(wasm, join(folder, "wasm"), { recursive: true });
  return outfile;
}
