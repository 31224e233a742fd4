import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/*
 * Checkpoints on a file system: a folder for each, step-000100, its files written before it gets that name. Whatever moment a
 * process dies at, each folder of that name is whole. For Node, Deno and Bun.
 */

export type Checkpoint = { readonly step: number; readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> };

const NAME = /^step-(\d+)$/;

/** Writes a file under a temporary name and renames it: a reader sees the old bytes or the new, never half. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeDurably(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a checkpoint, then removes those of other steps. If it fails (a full disk, say) the last one stays as it was. */
export async function writeCheckpoint(folder: string, { step, files }: Checkpoint): Promise<void> {
  const name = `step-${String(step).padStart(6, "0")}`;
  const temporary = join(folder, `${name}.${process.pid}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    for (const [file, bytes] of files) await writeDurably(join(temporary, file), bytes);
    // A run that was set back may come by a step that has a folder already.
    await rm(join(folder, name), { recursive: true, force: true });
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  for (const other of await readdir(folder)) if (other !== name) await rm(join(folder, other), { recursive: true, force: true });
}

/** The latest whole checkpoint, or undefined where there is none. */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const steps = names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => b - a);
  const step = steps[0];
  if (step === undefined) return undefined;
  const latest = join(folder, names.find((name) => Number(NAME.exec(name)?.[1]) === step) as string);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of await readdir(latest)) files.set(file, new Uint8Array(await readFile(join(latest, file))));
  return { step, files };
}

async function writeDurably(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
