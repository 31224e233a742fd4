import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Line } from "../contract.ts";
import { bars } from "./bars.ts";
import { machine } from "./machine.ts";
import { page } from "./page.ts";

const DOCS = join(import.meta.dirname, "..", "..", "..", "docs");

/** Where pictures lie, beside the page. */
const PICTURES = "performance";

/** Writes performance.md and its pictures into a folder, in place of what was there. @returns where the page is. */
export function writeReport(lines: readonly Line[], notes: readonly string[], folder: string = DOCS): string {
  rmSync(join(folder, PICTURES), { recursive: true, force: true });
  mkdirSync(join(folder, PICTURES), { recursive: true });
  const pictures = new Map<string, string>();
  for (const [bench, own] of Map.groupBy(lines, (line) => line.bench)) {
    const svg = bars(`${bench}: how many times better ours is`, own);
    if (!svg) continue;
    const address = `${PICTURES}/${bench}.svg`;
    writeFileSync(join(folder, address), svg);
    pictures.set(bench, address);
  }
  const path = join(folder, "performance.md");
  writeFileSync(path, page(lines, notes, [["run on", new Date().toISOString().slice(0, 10)], ...machine()], pictures));
  return path;
}
