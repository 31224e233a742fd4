import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CaseFile } from "./case.ts";

const EXTENSION = ".safetensors";

/**
 * The cases of the folder that GOLDEN_CASES names (default: cases/ beside this file), or those of them that are `wanted`.
 *
 * @throws {Error} when there is no such folder, or no such case in it.
 */
export function findCases(wanted: readonly string[]): CaseFile[] {
  const folder = resolve(process.env.GOLDEN_CASES ?? join(import.meta.dirname, "cases"));
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}. GOLDEN_CASES must name a folder of cases.`);
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length));
  const missing = wanted.filter((name) => !names.includes(name));
  if (names.length === 0 || missing.length > 0)
    throw new Error(`there are no golden cases${missing.length ? ` named ${missing.join(", ")}` : ""} in ${folder}`);
  return names
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .toSorted()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name + EXTENSION))) }));
}
