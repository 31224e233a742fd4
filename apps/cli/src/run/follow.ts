import { disposeTree, foldIn, key, type TensorTree } from "@refrain/core";
import { consecutiveWindows, linesOf, randomWindows } from "@refrain/data";
import { frequencyParts } from "@refrain/losses";
import { languageObjective } from "@refrain/models";
import { train, type TrainEvent } from "@refrain/train";
import { measure } from "../measure.ts";
import { resumeLine } from "./choose-folder.ts";
import { conclude } from "./conclude.ts";
import type { History } from "./history.ts";
import { improvise } from "./improvise.ts";
import { introduction } from "./introduction.ts";
import type { Training } from "./training.ts";

/** Trains, telling of it and saving it. @returns why it ended. */
export async function follow(training: Training): Promise<string> {
  const { settings, corpus, model, loss, budget, start, resumed, run, reporter } = training;
  const { values } = settings;
  const reportEvery = values["report-every"];
  const sampleEvery = values["sample-every"] ?? 5 * reportEvery;
  const evaluateEvery = values["evaluate-every"] ?? Math.max(1, Math.ceil(("steps" in budget ? budget.steps : 10 * sampleEvery) / 10));
  const lines = linesOf(corpus.text);
  const parts = frequencyParts(corpus.frequent, corpus.tokenizer.size);

  let history: History = resumed?.history ?? { training: [], validation: [] };
  let saved = performance.now();
  let stale = resumed !== undefined && values.patience === undefined;
  let ended = "done";
  const save = async ({ snapshot }: TrainEvent<TensorTree>) => {
    await run.saveCheckpoint({ ...snapshot, history });
    saved = performance.now();
    reporter.checkpoint(snapshot.progress.step);
  };
  const show = ({ snapshot: { params, progress } }: TrainEvent<TensorTree>) =>
    reporter.sample(progress.step, improvise({ model, params, tokenizer: corpus.tokenizer, lines, start, seed: values.seed, step: progress.step }));

  reporter.begin(...introduction(training));
  for await (const event of train({
    params: training.params,
    optimizer: training.optimizer,
    ...(resumed && { optimizerState: resumed.optimizerState, progress: resumed.progress }),
    objective: languageObjective(model, loss, parts),
    batches: randomWindows(corpus.train, { batch: values.batch, context: values.context }, values.seed),
    schedule: training.schedule,
    budget,
    ...(values.clip > 0 && { clip: values.clip }),
    key: foldIn(key(values.seed), 1),
    evaluate: (params) => measure(model, params, consecutiveWindows(corpus.validation, { batch: 64, context: values.context }), parts),
    evaluateEvery,
    ...(values.patience !== undefined && { patience: values.patience }),
    reportEvery,
    signal: training.signal,
  })) {
    switch (event.event) {
      case "start":
        if (!resumed) await save(event);
        break;
      case "step":
        reporter.step(event.progress, event.step, event.secondsLeft);
        if (stale) await run.dropModel();
        stale = false;
        if (performance.now() - saved >= 1000 * values["checkpoint-seconds"]) await save(event);
        if (event.step % sampleEvery === 0) show(event);
        break;
      case "report":
        history = { ...history, training: [...history.training, { step: event.to, loss: event.loss }] };
        reporter.report(event);
        break;
      case "evaluation":
        history = { ...history, validation: [...history.validation, { step: event.step, loss: event.loss }] };
        reporter.evaluation(event.step, event);
        if (values.patience !== undefined && event.improved) await run.saveModel(event.snapshot.params);
        break;
      case "end": {
        await save(event);
        ended = event.reason;
        if (event.reason === "stopped") reporter.stopped(event.steps, resumeLine(settings, run.path));
        else {
          if (event.steps % sampleEvery !== 0) show(event);
          await conclude(training, event, history);
        }
        disposeTree([event.snapshot.params, event.snapshot.optimizerState, parts]);
      }
    }
  }
  return ended;
}
