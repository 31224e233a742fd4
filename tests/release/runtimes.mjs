import { join } from "node:path";

/** How each runtime runs a program, with the packages that npm installed. */
export function runtimes(tools) {
  const installed = (...path) => join(tools, "node_modules", ...path);
  return {
    Node: [process.execPath],
    Deno: [installed("deno", "deno"), "run", "--allow-all", "--no-lock", "--no-config", "--node-modules-dir=manual"],
    Bun: [installed("bun", "bin", "bun.exe"), "run"],
  };
}
