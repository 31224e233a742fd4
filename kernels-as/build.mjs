// Compiles assembly/ into wasm/: one source, four builds.
import { mkdirSync } from "node:fs";
import asc from "assemblyscript/asc";

const shared = ["--runtime", "minimal", "-O3", "--noAssert", "--importMemory", "--initialMemory", "64", "--zeroFilledMemory", "--enable", "simd"];
const relaxed = ["--enable", "relaxed-simd"];
const threads = ["--sharedMemory", "--maximumMemory", "65536", "--enable", "threads"];
const alone = "assembly/index.ts",
  together = "assembly/index-threads.ts";
const builds = {
  simd: [alone],
  relaxed: [alone, ...relaxed],
  "simd-threads": [together, ...threads],
  "relaxed-threads": [together, ...relaxed, ...threads],
};

mkdirSync("wasm", { recursive: true });
for (const [name, flags] of Object.entries(builds)) {
  const { error, stderr } = await asc.main([...shared, ...flags, "--outFile", `wasm/${name}.wasm`]);
  if (error) {
    process.stderr.write(`${stderr}`);
    process.exit(1);
  }
}
