import { mul } from "@tensorflow/tfjs-core";
import { disposeTree, foldIn, type Key, mapTree, type Mode, type TensorTree, valueAndGrad, type WithAside } from "@refrain/core";
import { checkPositive } from "./check-config.ts";
import { globalNorm } from "./clip-by-global-norm.ts";
import { clippingScale } from "./clipping-scale.ts";
import type { Evaluation, Progress, TrainEvent } from "./events.ts";
import { meter } from "./meter.ts";
import type { Optimizer, OptimizerState, UpdateAt } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";
import { type Budget, shareDone } from "./budget.ts";
import { type Counts, takeScalars } from "./tally.ts";

/** The mean loss of a minibatch, and how many of its answers were right, of how many; where wanted, also in parts of the answers. */
export type Objective<P, B> = (params: P, batch: B, mode: Mode) => WithAside<Counts>;

/** What is trained, on what, and for how long. */
export type TrainOptions<P extends TensorTree, B> = {
  readonly params: P;
  readonly optimizer: Optimizer;
  /** The optimizer's state, when going on with a run; fresh by default. */
  readonly optimizerState?: OptimizerState;
  /** Where the run stands, when going on with it. */
  readonly progress?: Progress;
  readonly objective: Objective<P, B>;
  /** The minibatch of each step, which must depend on the step alone. */
  readonly batches: (step: number) => B;
  readonly schedule: Schedule;
  /** What ends the run. */
  readonly budget: Budget;
  /** The largest norm of all gradients together, over 0; they are not clipped by default. */
  readonly clip?: number;
  /** Draws what training draws (dropout). */
  readonly key: Key;
  /** Measures the parameters on validation data. */
  readonly evaluate?: (params: P) => Evaluation | Promise<Evaluation>;
  /** Steps between evaluations; one is made at the end in any case. */
  readonly evaluateEvery?: number;
  /** Evaluations without a new best that end the run. */
  readonly patience?: number;
  /** Steps between reports; 100 by default. */
  readonly reportEvery?: number;
  /** Stops the run after the step under way. */
  readonly signal?: AbortSignal;
};

/**
 * Trains, as an iterator of events. It owns the parameters and the optimizer's state that it is given, replaces them step by step,
 * and hands them over with the last event. The same options on the same backend give the same bits.
 *
 * @throws {RangeError} unless `clip` is over 0, where it is given.
 * @throws {Error} when the loss or its gradients are no finite numbers any more; the last snapshot is of the step before.
 */
export async function* train<P extends TensorTree, B>(options: TrainOptions<P, B>): AsyncGenerator<TrainEvent<P>> {
  const { optimizer, budget, evaluate, evaluateEvery, reportEvery = 100, signal, patience } = options;
  if (options.clip !== undefined) checkPositive("train", { clip: options.clip });
  let params = options.params;
  let optimizerState = options.optimizerState ?? optimizer.init(params);
  let progress: Progress = options.progress ?? { step: 0, seconds: 0 };
  const first = progress;
  const trained = meter();
  const gradientsOf = valueAndGrad(options.objective);
  const snapshot = () => ({ params, optimizerState, progress });
  const measure = async () => {
    const evaluation = await (evaluate as NonNullable<typeof evaluate>)(params);
    const improved = !progress.best || evaluation.loss < progress.best.loss;
    progress = { ...progress, evaluation: { step: progress.step, ...evaluation }, ...(improved && { best: { step: progress.step, ...evaluation } }) };
    return { event: "evaluation", step: progress.step, improved, ...evaluation, snapshot: snapshot() } as const;
  };
  const runsDry = () =>
    patience !== undefined && evaluateEvery !== undefined && progress.best !== undefined && progress.step - progress.best.step >= patience * evaluateEvery;

  yield { event: "start", snapshot: snapshot() };
  let report = meter();
  while (shareDone(budget, progress) < 1 && !signal?.aborted && !runsDry()) {
    const started = performance.now();
    const { step } = progress;
    const rate = options.schedule({ step, progress: shareDone(budget, progress) });
    const { value, aside, gradients } = gradientsOf(params, options.batches(step), { training: foldIn(options.key, step) });
    const norm = globalNorm(gradients);
    const scale = options.clip === undefined ? undefined : clippingScale(norm, options.clip);
    const next = update(optimizer, gradients, optimizerState, params, { step: step + 1, rate, scale });
    const { loss, gradientNorm, ...counts } = await takeScalars({ ...aside, loss: value, gradientNorm: norm });
    if (!Number.isFinite(loss + gradientNorm)) {
      disposeTree({ gradients, scale, params: next.params, state: next.state });
      throw new Error(
        `training has diverged: at step ${step + 1} the loss is ${loss} and the norm of its gradients ${gradientNorm}. Lower the learning rate (it was ${rate.toPrecision(3)}) or clip the gradients.`,
      );
    }
    disposeTree({ gradients, scale, params, state: next.state === optimizerState ? undefined : optimizerState });
    ({ params, state: optimizerState } = next);
    const seconds = (performance.now() - started) / 1000;
    const came = { loss, gradientNorm, seconds, counts };
    report.add(came);
    trained.add(came);
    progress = { ...progress, step: step + 1, seconds: progress.seconds + seconds };
    await turn();
    const share = shareDone(budget, progress);
    const secondsLeft = share > 0 ? ((progress.seconds - first.seconds) * (1 - share)) / Math.max(share - shareDone(budget, first), 1e-9) : 0;
    if ((step + 1) % reportEvery === 0 || share >= 1) {
      yield { event: "report", from: step + 2 - report.count(), to: step + 1, rate, ...report.means(), snapshot: snapshot() };
      report = meter();
    }
    if (evaluate && evaluateEvery && (step + 1) % evaluateEvery === 0) {
      yield await measure();
    }
    // Last, so that what is saved at a step knows of its report and its evaluation.
    yield { event: "step", step: step + 1, progress: share, secondsLeft, snapshot: snapshot() };
  }
  const done = shareDone(budget, progress) >= 1;
  // A run that was stopped short is evaluated when it goes on.
  if (evaluate && progress.evaluation?.step !== progress.step && (done || !signal?.aborted)) yield await measure();
  const reason = done ? "done" : signal?.aborted ? "stopped" : "no-progress";
  yield { event: "end", reason, steps: progress.step, tokensPerSecond: trained.means().tokensPerSecond, snapshot: snapshot() };
}

/** An update by any optimizer: for one that heeds no scale, of gradients that are multiplied already. */
function update<P extends TensorTree>(optimizer: Optimizer, gradients: P, state: OptimizerState, params: P, { scale, ...at }: UpdateAt) {
  if (!scale || optimizer.scales) return optimizer.update(gradients, state, params, { ...at, scale });
  const scaled = mapTree(gradients, (leaf) => mul(leaf, scale));
  try {
    return optimizer.update(scaled, state, params, at);
  } finally {
    disposeTree(scaled);
  }
}

/** Lets the host handle what has come up: signals, timers, input. */
function turn(): Promise<void> {
  return new Promise((resolve) => ("setImmediate" in globalThis ? setImmediate(resolve) : setTimeout(resolve)));
}
