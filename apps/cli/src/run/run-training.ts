import { foldIn, key, type TensorTree } from "@refrain/core";
import { linesOf } from "@refrain/data";
import type { LanguageModel } from "@refrain/models";
import { startBackend } from "../load-writer.ts";
import type { Parsed } from "../options.ts";
import { UserError } from "../user-error.ts";
import { budgetOf } from "./budget-of.ts";
import { checkBelongs } from "./check-belongs.ts";
import { chooseFolder, claimFolder } from "./choose-folder.ts";
import { type Corpus, prepareCorpus, readCorpus } from "./corpus.ts";
import { follow } from "./follow.ts";
import { knownStart } from "./improvise.ts";
import { watchInterrupt } from "./interrupt.ts";
import { lossOf } from "./loss-of.ts";
import { modelOf } from "./model-of.ts";
import { optimizerOf } from "./optimizer-of.ts";
import { humanReporter, jsonReporter } from "./reporter.ts";
import { loadCheckpoint, runFolder } from "./run-folder.ts";
import { scheduleOf } from "./schedule-of.ts";
import type { Settings } from "./settings.ts";
import type { trainOptions } from "./train-options.ts";
import type { Plan } from "./training.ts";

/** `refrain train`: from the call to the trained model in its folder. */
export async function runTraining({ values, given, positionals: [path] }: Parsed<typeof trainOptions>): Promise<void> {
  const text = await readCorpus(path as string);
  const { folder, settings } = await chooseFolder({ corpus: text.path, hash: text.hash, values }, given);
  const corpus = prepareCorpus(text, settings.values.context);
  const { backend: wanted, threads } = settings.values;
  checkBelongs("threads", threads, "backend", ["simd", "auto"], wanted);
  const backend = await startBackend(wanted, threads ?? "auto");
  if (threads !== undefined && backend !== "simd")
    throw new UserError(`--threads are for simd, but auto took ${backend}. Leave them out, or add --backend simd.`, 2);
  // All that can be wrong with the options comes up before the folder is touched.
  const plan: Plan = {
    model: modelOf(settings.values, corpus.tokenizer.size),
    optimizer: optimizerOf(settings.values),
    loss: lossOf(settings.values, corpus.counts),
    schedule: scheduleOf(settings.values),
    budget: budgetOf(settings.values, corpus.train.length),
  };
  const { model, optimizer } = plan;
  const resumed = settings.values.resume ? await loadCheckpoint(folder, optimizer.init) : undefined;
  if (given.has("steps") && resumed && resumed.progress.step > (values.steps as number))
    throw new UserError(`this run is at step ${resumed.progress.step} already. Give more --steps than that to go on, or leave them out.`, 2);
  const params = resumed?.params ?? initialise(model, settings);
  const start = chooseStart(corpus, settings.values.start, given.has("start"));
  const about = { corpus: corpus.hash, context: settings.values.context, frequent: corpus.frequent };
  const run = runFolder(await claimFolder(folder, settings), model, corpus.tokenizer, about);
  const reporter = settings.values.json ? jsonReporter() : humanReporter();
  const interrupt = watchInterrupt();
  try {
    const reason = await follow({ ...plan, settings, corpus, params, start, resumed, run, reporter, signal: interrupt.signal, backend });
    if (reason === "stopped") process.exitCode = 130;
  } finally {
    reporter.close();
    interrupt.unwatch();
  }
}

/** Fresh parameters. @throws {UserError} when they do not fit into memory. */
function initialise(model: LanguageModel, { values }: Settings): TensorTree {
  try {
    return model.init(foldIn(key(values.seed), 0));
  } catch (error) {
    if (error instanceof RangeError)
      throw new UserError(`a model of these sizes does not fit into memory (${error.message}). Use a smaller --hidden, --embedding or --layers.`);
    throw error;
  }
}

/** What the samples start with; where the user asked for what the corpus does not know, the user is told. */
function chooseStart({ tokenizer, text }: Corpus, wanted: string, asked: boolean): string {
  const start = knownStart(tokenizer, wanted, linesOf(text));
  const missing = tokenizer.missing(wanted);
  if (asked && missing.length > 0)
    process.stderr.write(
      `refrain: the corpus has no ${missing.map((character) => `「${character}」`).join("")}; the samples start with ${JSON.stringify(start)}.\n`,
    );
  return start;
}
