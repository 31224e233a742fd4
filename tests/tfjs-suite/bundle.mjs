// Bundles the suite, so that specs, backends and Refrain share one copy of tfjs-core.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Writes the bundle to `outfile`: CommonJS for Node, or a script for a browser that makes `suite` a global. */
export async function bundle(outfile, platform) {
  await build({
    entryPoints: [fileURLToPath(new URL("suite.mjs", import.meta.url))],
    outfile,
    bundle: true,
    platform,
    // Not ESM: one spec assigns to a variable that it does not declare, which strict code may not.
    format: platform === "node" ? "cjs" : "iife",
    globalName: "suite",
    // tfjs-core calls its tests free of side effects, which would leave nothing of them.
    ignoreAnnotations: true,
    mainFields: ["module", "main"],
    // The kernels find their WASM beside their own files.
    external: ["node:*", ...(platform === "node" ? ["@refrain/kernels", "@tensorflow/tfjs-backend-web*"] : ["@tensorflow/tfjs-backend-webgl"])],
    define: platform === "browser" ? { global: "globalThis" } : {},
    logLevel: "error",
  });
}
