import type { TensorTree } from "@refrain/core";

import type { Evaluation, TrainEvent } from "@refrain/train";
import type { History } from "./history.ts";
import { svgCurve, terminalCurve } from "./loss-curve.ts";
import { accuracyText, duration } from "./texts.ts";
import type { Training } from "./training.ts";

type End = Extract<TrainEvent<TensorTree>, { event: "end" }>;

/** Saves what a run came to, and tells of it. */
export async function conclude({ settings: { values }, start, run, reporter }: Training, end: End, history: History): Promise<void> {
  const { steps, tokensPerSecond, reason, snapshot } = end;
  const { params, progress } = snapshot;
  // With patience the best model is kept already; without, the last one is what training made.
  const best = values.patience === undefined ? undefined : progress.best;
  if (!best) await run.saveModel(params);
  await run.saveCurve(svgCurve(history));
  const { step: _, ...validation } = best ?? (progress.evaluation as Evaluation & { step: number });
  const curve = terminalCurve(history);
  reporter.done({ steps, seconds: round(progress.seconds, 3), tokensPerSecond: round(tokensPerSecond, 1), validation, out: run.path }, [
    ...(curve ? ["", curve] : []),
    "",
    ...(reason === "no-progress" ? [`stopped early: no evaluation since step ${best?.step} was better.`] : []),
    `trained ${steps} steps in ${duration(progress.seconds)}; validation loss ${validation.loss.toFixed(4)} nats, ${accuracyText(validation)}${best ? ` (the best, of step ${best.step})` : ""}`,
    `model and loss curve are in ${run.path}. Try:`,
    `  refrain write ${run.path} --start ${start}`,
  ]);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
