import { writeWhole } from "@refrain/train/checkpoints";
import { link, rename, rm } from "node:fs/promises";

/** Writes a file whole where there is none yet. @throws {Error} EEXIST where there is one, even if it came at this very moment. */
export async function writeNew(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await writeWhole(draft, text);
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // Some file systems have no links.
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
