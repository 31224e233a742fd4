// Bundles TensorFlow.js's gradient definitions into gen/gradients.js. From Node and Deno, tfjs-core loads without them, and its own
// file of them cannot be imported there. The copy works because the engine and the registry it fills are global.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const source = fileURLToPath(new URL("dist/register_all_gradients.js", import.meta.resolve("@tensorflow/tfjs-core/package.json")));
await build({
  entryPoints: [source],
  outfile: "gen/gradients.js",
  bundle: true,
  minify: true,
  format: "esm",
  legalComments: "eof",
  // The package declares its gradients free of side effects, which would leave nothing of them.
  ignoreAnnotations: true,
  external: ["node:*", "node-fetch", "util"],
  logLevel: "error",
});
writeFileSync("gen/gradients.d.ts", "export {};\n");
