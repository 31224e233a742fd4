// The kernels' modules under this package's name, for edge workers and bundles that import them: threads need workers, which those have not.
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

mkdirSync("wasm", { recursive: true });
for (const build of ["relaxed", "simd"]) copyFileSync(fileURLToPath(import.meta.resolve(`@refrain/kernels/wasm/${build}`)), `wasm/${build}.wasm`);
