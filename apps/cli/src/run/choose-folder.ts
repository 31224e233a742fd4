import { basename, extname, join } from "node:path";
import { UserError } from "../user-error.ts";
import { holdsRun, readSettings } from "./run-folder.ts";
import { mergeSettings, type Settings } from "./settings.ts";

/**
 * The folder of a run and its settings: a fresh one, or with --resume the one that is there.
 * @throws {UserError} when the folder already holds a run that nobody asked to resume, or none that could be resumed.
 */
export async function chooseFolder(settings: Settings, given: ReadonlySet<string>): Promise<{ folder: string; settings: Settings }> {
  const { values, corpus } = settings;
  const named = values.out ?? join("runs", `${basename(corpus, extname(corpus))}-${values.model}`);
  if (values.resume) {
    const folder = values.out ?? (await lastNumbered(named));
    return { folder, settings: mergeSettings(await readSettings(folder), settings, given) };
  }
  if (values.out === undefined) return { folder: await firstFree(named), settings };
  if (await holdsRun(named)) throw new UserError(`${named} already holds a run. Add --resume to go on with it, or choose another --out.`);
  return { folder: named, settings };
}

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
