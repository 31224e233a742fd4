// Compiles assembly/ into wasm/simd.wasm and wasm/relaxed.wasm: one source, two builds.
import { mkdirSync } from "node:fs";
import asc from "assemblyscript/asc";

const shared = [
  "assembly/index.ts",
  "--runtime",
  "minimal",
  "-O3",
  "--noAssert",
  "--importMemory",
  "--initialMemory",
  "64",
  "--zeroFilledMemory",
  "--enable",
  "simd",
];
const builds = { simd: [], relaxed: ["--enable", "relaxed-simd"] };

mkdirSync("wasm", { recursive: true });
for (const [name, flags] of Object.entries(builds)) {
  const { error, stderr } = await asc.main([...shared, ...flags, "--outFile", `wasm/${name}.wasm`]);
  if (error) {
    process.stderr.write(`${stderr}`);
    process.exit(1);
  }
}
