import type { Build } from "./kernels.ts";
import { nodeModule } from "./node-module.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of one function, [] -> [v128], with this body. */
function probe(...body: number[]): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b];
  return new Uint8Array([...HEADER, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, code.length + 2, 1, code.length, ...code]);
}

const SPLAT_ZERO = [0x41, 0, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const PROBES: Record<Build, Uint8Array<ArrayBuffer>> = {
  simd: probe(...SPLAT_ZERO),
  relaxed: probe(...SPLAT_ZERO, ...SPLAT_ZERO, ...SPLAT_ZERO, 0xfd, 0x85, 0x02), // f32x4.relaxed_madd
};

/** Whether this machine's WebAssembly compiles the build. Throws nothing; where there is no WebAssembly, it says no. */
export function supports(build: Build): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(PROBES[build]);
}

/** Whether memory may be shared among threads here: not in a page that is not cross-origin isolated. */
export function canShareMemory(): boolean {
  const { crossOriginIsolated: isolated = true } = globalThis as { crossOriginIsolated?: boolean };
  return "SharedArrayBuffer" in globalThis && isolated;
}

/** Whether this is Node, or Deno or Bun, which have its modules; pages may have a `process` too, which a bundler put there. */
export function inNode(): boolean {
  return Boolean(globalThis.process?.versions?.node);
}

/** How many threads this machine runs at once. */
export async function cores(): Promise<number> {
  const known = globalThis.navigator?.hardwareConcurrency;
  if (known !== undefined || !inNode()) return known ?? 1;
  // Node 20 has no navigator.
  const { availableParallelism } = await nodeModule<typeof import("node:os")>("os");
  return availableParallelism();
}
