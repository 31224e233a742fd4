import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { About } from "./load-writer.ts";
import { type CorpusText, readCorpus } from "./run/corpus.ts";
import { holdsRun, readSettings } from "./run/run-folder.ts";

/**
 * The text that a model was trained on: the embedded lyrics, or what the run's folder that it lies in names, if that is still the same; or why it
 * cannot be had, as a clause of a sentence.
 *
 * @param path the model's file, or its run's folder.
 * @throws {UserError} when that folder is damaged.
 */
export async function trainingText(path: string, { corpus: hash }: Partial<About>): Promise<{ readonly text: CorpusText } | { readonly missing: string }> {
  if (hash === undefined) return { missing: "its file does not say what text it was trained on" };
  const lyrics = await readCorpus("default");
  if (lyrics.hash === hash) return { text: lyrics };
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  if (!(await holdsRun(folder))) return { missing: "it does not lie in the folder of its run, which says where the text is that it was trained on" };
  const { corpus } = await readSettings(folder);
  const text = await readCorpus(corpus).catch((error: Error) => error);
  if (text instanceof Error) return { missing: `${corpus}, which it was trained on, cannot be read (${text.message.replace(/\.$/, "")})` };
  return text.hash === hash ? { text } : { missing: `${corpus} is not the text any more that it was trained on` };
}
