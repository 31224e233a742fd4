import { basename, extname, join } from "node:path";
import { writeFailure } from "../files.ts";
import { UserError } from "../user-error.ts";
import { holdsRun, readSettings, writeSettings } from "./run-folder.ts";
import { mergeSettings, type Settings } from "./settings.ts";

/**
 * The folder of a run and its settings: a fresh one, or with --resume the one that is there.
 * @throws {UserError} when the folder already holds a run that nobody asked to resume, or none that could be resumed.
 */
export async function chooseFolder(settings: Settings, given: ReadonlySet<string>): Promise<{ folder: string; settings: Settings }> {
  const { out, resume } = settings.values;
  if (resume) {
    const folder = out ?? (await lastNumbered(unnamed(settings)));
    return { folder, settings: mergeSettings(await readSettings(folder), settings, given) };
  }
  if (out === undefined) return { folder: await firstFree(unnamed(settings)), settings };
  if (await holdsRun(out)) throw taken(out);
  return { folder: out, settings };
}

/**
 * Makes a chosen folder the run's own, by its settings in it. Of several runs that begin at once, one gets the folder; the others get
 * the next ones, if they named none.
 *
 * @returns the folder.
 * @throws {UserError} when another run has got the folder that was named, or it cannot be written to.
 */
export async function claimFolder(folder: string, settings: Settings): Promise<string> {
  const { out, resume } = settings.values;
  for (let path = folder; ; path = await firstFree(unnamed(settings))) {
    try {
      await writeSettings(path, settings, !resume);
      return path;
    } catch (error) {
      if (!(await isTaken(error, path))) throw writeFailure(error, path);
      if (out !== undefined) throw taken(path);
    }
  }
}

const isTaken = async (error: unknown, path: string) => (error as NodeJS.ErrnoException).code === "EEXIST" && (await holdsRun(path));

const taken = (folder: string) => new UserError(`${folder} already holds a run. Add --resume to go on with it, or choose another --out.`);

/** The folder of a run that named none, but for its number. */
const unnamed = ({ corpus, values }: Settings) => join("runs", `${basename(corpus, extname(corpus))}-${values.model}`);

/** Folders that were not named by the user are numbered: runs/a, runs/a-2, runs/a-3. */
const numbered = (folder: string, n: number) => (n === 1 ? folder : `${folder}-${n}`);

async function firstFree(folder: string): Promise<string> {
  let n = 1;
  while (await holdsRun(numbered(folder, n))) n++;
  return numbered(folder, n);
}

async function lastNumbered(folder: string): Promise<string> {
  let n = 1;
  while (await holdsRun(numbered(folder, n + 1))) n++;
  return numbered(folder, n);
}

/** The call that goes on with a run. */
export function resumeLine({ corpus }: Settings, folder: string): string {
  const quote = (text: string) => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
  return `refrain train ${quote(corpus)} --out ${quote(folder)} --resume`;
}
