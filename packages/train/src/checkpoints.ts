import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/*
 * Checkpoints on a file system: a folder for each, step-000100, its files written before it gets that name. Whatever moment a
 * process dies at, each folder of that name is whole. For Node, Deno and Bun.
 */

/** What a checkpoint holds: the step that it was taken after, and its files by name. */
export type Checkpoint = { readonly step: number; readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> };

/** step-100, or step-100-2 for the second that was written at that step. */
const NAME = /^step-(\d+)(?:-(\d+))?$/;

/** The names of the checkpoints in a folder, the latest first. A folder that is not there has none. */
async function checkpointsIn(folder: string): Promise<{ name: string; step: number; turn: number }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const found = names.flatMap((name) => {
    const [, step, turn = "1"] = NAME.exec(name) ?? [];
    return step === undefined ? [] : [{ name, step: Number(step), turn: Number(turn) }];
  });
  return found.toSorted((a, b) => b.step - a.step || b.turn - a.turn);
}

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

/** Writes a checkpoint, then removes the others. If it fails (a full disk, say) the last one stays as it was. */
export async function writeCheckpoint(folder: string, { step, files }: Checkpoint): Promise<void> {
  // Never in the place of another: between removing that and putting this there would be none.
  const same = (await checkpointsIn(folder)).find((other) => other.step === step);
  const name = `step-${String(step).padStart(6, "0")}${same ? `-${same.turn + 1}` : ""}`;
  const temporary = join(folder, `${name}.${process.pid}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    for (const [file, bytes] of files) await writeDurably(join(temporary, file), bytes);
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  for (const other of await readdir(folder)) if (other !== name) await removeWhole(join(folder, other));
}

/** Takes a folder's name away before its files, so that no half of it is taken for a checkpoint. */
async function removeWhole(path: string): Promise<void> {
  const doomed = path.endsWith(".tmp") ? path : `${path}.tmp`;
  if (doomed !== path) await rename(path, doomed);
  await rm(doomed, { recursive: true, force: true });
}

/** The latest checkpoint, or undefined where there is none. While a run goes on in the folder, one that it takes away is followed by the next. */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  for (let vanished: string | undefined; ; ) {
    const [latest] = await checkpointsIn(folder);
    if (!latest) return undefined;
    try {
      return { step: latest.step, files: await readFiles(join(folder, latest.name)) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || latest.name === vanished) throw error;
      vanished = latest.name;
    }
  }
}

/** All files of a folder that is there until they are read. @throws {Error} ENOENT when it is taken away meanwhile. */
async function readFiles(folder: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of await readdir(folder)) files.set(file, new Uint8Array(await readFile(join(folder, file))));
  // It may have been listed when some of its files were gone already.
  await stat(folder);
  return files;
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
