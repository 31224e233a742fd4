import { disposeTree, foldIn, key } from "@refrain/core";
import { consecutiveWindows, linesOf, randomWindows } from "@refrain/data";
import { crossEntropy } from "@refrain/losses";
import { type CharRnn, type CharRnnParams, languageObjective } from "@refrain/models";
import { type Evaluation, evaluate, train, type TrainEvent } from "@refrain/train";
import type { Parsed } from "../options.ts";
import { UserError } from "../user-error.ts";
import { startBackend } from "../load-writer.ts";
import { type Corpus, prepareCorpus, readCorpus } from "./corpus.ts";
import type { History } from "./history.ts";
import { improvise, knownStart } from "./improvise.ts";
import { svgCurve, terminalCurve } from "./loss-curve.ts";
import { budgetOf, lossOf, modelOf, optimizerOf, scheduleOf } from "./pieces.ts";
import { duration, humanReporter, jsonReporter, type Reporter } from "./reporter.ts";
import { loadCheckpoint, openRun, type RunFolder, type RunState } from "./run-folder.ts";
import { chooseFolder, resumeLine } from "./choose-folder.ts";
import type { Settings } from "./settings.ts";
import { watchInterrupt } from "./interrupt.ts";
import type { trainOptions } from "./train-options.ts";

/** `refrain train`: from the call to the trained model in its folder. */
export async function runTraining({ values, given, positionals: [path] }: Parsed<typeof trainOptions>): Promise<void> {
  const text = await readCorpus(path as string);
  const { folder, settings } = await chooseFolder({ corpus: text.path, hash: text.hash, values }, given);
  const corpus = prepareCorpus(text, settings.values.context);
  const backend = await startBackend(settings.values.backend);
  // All that can be wrong with the options comes up before the folder is touched.
  const plan: Plan = {
    model: modelOf(settings.values, corpus.tokenizer.size),
    optimizer: optimizerOf(settings.values),
    loss: lossOf(settings.values),
    schedule: scheduleOf(settings.values),
    budget: budgetOf(settings.values, corpus.train.length),
  };
  const { model, optimizer } = plan;
  const resumed = settings.values.resume ? await loadCheckpoint(folder, optimizer.init) : undefined;
  if (given.has("steps") && resumed && resumed.progress.step > (values.steps as number))
    throw new UserError(`this run is at step ${resumed.progress.step} already. Give more --steps than that to go on, or leave them out.`, 2);
  const params = resumed?.params ?? initialise(model, settings);
  const start = chooseStart(corpus, settings.values.start, given.has("start"));
  const run = await openRun(folder, settings, model, corpus.tokenizer, { corpus: corpus.hash, context: settings.values.context });
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
function initialise(model: CharRnn, { values }: Settings): CharRnnParams {
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

/** What the options ask for. */
type Plan = {
  readonly model: ReturnType<typeof modelOf>;
  readonly optimizer: ReturnType<typeof optimizerOf>;
  readonly loss: ReturnType<typeof lossOf>;
  readonly schedule: ReturnType<typeof scheduleOf>;
  readonly budget: ReturnType<typeof budgetOf>;
};

type Training = Plan & {
  readonly settings: Settings;
  readonly corpus: Corpus;
  readonly params: CharRnnParams;
  /** What samples start with. */
  readonly start: string;
  readonly resumed: RunState | undefined;
  readonly run: RunFolder;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly backend: string;
};

/** Trains, telling of it and saving it. @returns why it ended. */
async function follow(training: Training): Promise<string> {
  const {
    settings: { values },
    corpus,
    model,
    optimizer,
    loss,
    schedule,
    budget,
    start,
    resumed,
    run,
    reporter,
    signal,
  } = training;
  const seeds = key(values.seed);
  const sizes = { batch: values.batch, context: values.context };
  const reportEvery = values["report-every"];
  const sampleEvery = values["sample-every"] ?? 5 * reportEvery;
  const steps = "steps" in budget ? budget.steps : undefined;
  const lines = linesOf(corpus.text);
  const measure = (params: CharRnnParams): Promise<Evaluation> =>
    evaluate(
      languageObjective(model, (logits, labels) => crossEntropy(logits, labels)),
      params,
      consecutiveWindows(corpus.validation, { batch: 64, context: values.context }),
    );
  const show = (params: CharRnnParams, step: number) =>
    reporter.sample(step, improvise({ model, params, tokenizer: corpus.tokenizer, lines, start, seed: values.seed, step }));

  let history: History = resumed?.history ?? { training: [], validation: [] };
  let saved = performance.now();
  let stale = resumed !== undefined && values.patience === undefined;
  let ended = "done";
  const save = async ({ snapshot }: TrainEvent<CharRnnParams>) => {
    await run.saveCheckpoint({ ...snapshot, history });
    saved = performance.now();
    reporter.checkpoint(snapshot.progress.step);
  };

  reporter.begin(...introduce(training));
  for await (const event of train({
    params: training.params,
    optimizer,
    ...(resumed && { optimizerState: resumed.optimizerState, progress: resumed.progress }),
    objective: languageObjective(model, loss),
    batches: randomWindows(corpus.train, sizes, values.seed),
    schedule,
    budget,
    ...(values.clip > 0 && { clip: values.clip }),
    key: foldIn(seeds, 1),
    evaluate: measure,
    evaluateEvery: values["evaluate-every"] ?? Math.max(1, Math.ceil((steps ?? 10 * sampleEvery) / 10)),
    ...(values.patience !== undefined && { patience: values.patience }),
    reportEvery,
    signal,
  })) {
    const { snapshot } = event;
    switch (event.event) {
      case "start":
        if (!resumed) await save(event);
        break;
      case "step":
        reporter.step(event.progress, event.step, event.secondsLeft);
        if (stale) await run.dropModel();
        stale = false;
        if (performance.now() - saved >= 1000 * values["checkpoint-seconds"]) await save(event);
        if (event.step % sampleEvery === 0) show(snapshot.params, event.step);
        break;
      case "report":
        history = { ...history, training: [...history.training, { step: event.to, loss: event.loss }] };
        reporter.report(event);
        break;
      case "evaluation":
        history = { ...history, validation: [...history.validation, { step: event.step, loss: event.loss }] };
        reporter.evaluation(event.step, event);
        if (values.patience !== undefined && event.improved) await run.saveModel(snapshot.params);
        break;
      case "end": {
        await save(event);
        ended = event.reason;
        if (event.reason === "stopped") reporter.stopped(event.steps, resumeLine(training.settings, run.path));
        else await finish(event);
        disposeTree([snapshot.params, snapshot.optimizerState]);
      }
    }
  }

  return ended;

  async function finish({
    snapshot: { params, progress },
    steps,
    tokensPerSecond,
    reason,
  }: Extract<TrainEvent<CharRnnParams>, { event: "end" }>): Promise<void> {
    if (steps % sampleEvery !== 0) show(params, steps);
    // With patience the best model is kept already; without, the last one is what training made.
    const best = values.patience === undefined ? undefined : progress.best;
    if (!best) await run.saveModel(params);
    await run.saveCurve(svgCurve(history));
    const { loss, accuracy } = best ?? (progress.evaluation as Evaluation);
    const validation = { loss, accuracy };
    const curve = terminalCurve(history);
    reporter.done({ steps, seconds: round(progress.seconds, 3), tokensPerSecond: round(tokensPerSecond, 1), validation, out: run.path }, [
      ...(curve ? ["", curve] : []),
      "",
      ...(reason === "no-progress" ? [`stopped early: no evaluation since step ${best?.step} was better.`] : []),
      `trained ${steps} steps in ${duration(progress.seconds)}; validation loss ${loss.toFixed(4)} nats, accuracy ${(100 * accuracy).toFixed(2)} %${best ? ` (the best, of step ${best.step})` : ""}`,
      `model and loss curve are in ${run.path}. Try:`,
      `  refrain write ${run.path} --start ${start}`,
    ]);
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function introduce({ settings: { values }, corpus, model, resumed, run, backend }: Training): [Record<string, unknown>, string[]] {
  const { hidden, layers, embedding } = model.config;
  const step = resumed?.progress.step ?? 0;
  return [
    {
      model: model.config,
      corpus: corpus.path,
      trainingCharacters: corpus.train.length,
      validationCharacters: corpus.validation.length,
      backend,
      step,
      out: run.path,
    },
    [
      `${values.model} of ${layers} × ${hidden} units, ${embedding} features a character, ${corpus.tokenizer.size - 1} characters, on ${backend}`,
      `${corpus.path}: ${corpus.train.length.toLocaleString("en")} characters to train on, ${corpus.validation.length.toLocaleString("en")} to validate`,
      ...(resumed ? [`going on after step ${step}`] : values.resume ? ["no checkpoint had been written yet; beginning anew"] : []),
    ],
  ];
}
