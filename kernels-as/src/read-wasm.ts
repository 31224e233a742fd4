import type { Build } from "./kernels.ts";
import { nodeModule } from "./node-module.ts";

/**
 * The compiled bytes of a build, from beside this file: read where the file system can be, fetched elsewhere.
 * Throws an Error that says where it looked and how to hand the module in.
 */
export async function readWasm(build: Build | `${Build}-threads`): Promise<BufferSource> {
  const url = new URL(`../wasm/${build}.wasm`, import.meta.url);
  try {
    if (url.protocol === "file:") {
      const { readFile } = await nodeModule<typeof import("node:fs/promises")>("fs/promises");
      return await readFile(url);
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return await response.arrayBuffer();
  } catch (cause) {
    throw new Error(
      `loadKernels: cannot read ${url}. Where the kernels are no file beside the code (bundles, edge workers), import @refrain/kernels/wasm/${build} and pass it as \`module\`.`,
      { cause },
    );
  }
}
