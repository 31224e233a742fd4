import { bundleWorker } from "./bundle-worker.ts";
import { gzipSync } from "node:zlib";
import { writeFileSync } from "node:fs";
const b = await bundleWorker("/work/edges/examples/worker/src/worker.ts", { "model.safetensors": new Uint8Array(1) });
const w = b.modules.find((m) => m.name.endsWith("wasm"))?.contents as Uint8Array<ArrayBuffer>;
console.log("js", Buffer.byteLength(b.code), "gz", gzipSync(b.code).length, "wasm", w.length, "gz", gzipSync(w).length);
writeFileSync("/tmp/bundle.js", b.code);
