import type { TensorTree } from "@refrain/core";
import type { OptimizerState } from "./optimizer.ts";

/** Where a run stands: enough, with the parameters and the optimizer's state, to go on as if it had never stopped. */
export type Progress = {
  /** Updates made. */
  readonly step: number;
  /** Seconds spent training; evaluations and what listeners do are not counted. */
  readonly seconds: number;
  /** The best evaluation so far, for early stopping. */
  readonly best?: { readonly step: number } & Evaluation;
  /** The last evaluation and the step it was made at, so that a run resumed at its end need not repeat it. */
  readonly evaluation?: { readonly step: number } & Evaluation;
};

/** What was found on the validation data. */
export type Evaluation = {
  /** The mean, in nats. */
  readonly loss: number;
  /** The share of right answers. */
  readonly accuracy: number;
  /** The share of right answers in each part that the objective tells apart, by name; a part without an answer is left out. */
  readonly accuracyOf?: Readonly<Record<string, number>>;
};

/** Means over the minibatches `from` to `to`, and the learning rate of the last. */
export type Report = Evaluation & {
  readonly from: number;
  readonly to: number;
  readonly tokensPerSecond: number;
  readonly rate: number;
  /** Of all gradients together, before clipping. */
  readonly gradientNorm: number;
};

/** The state of a run at an event. It is valid until the next event is asked for; clone what must live longer. */
export type Snapshot<P extends TensorTree> = { readonly params: P; readonly optimizerState: OptimizerState; readonly progress: Progress };

/** What training tells, again and again, with the parameters as they then are. */
export type TrainEvent<P extends TensorTree> = { readonly snapshot: Snapshot<P> } & (
  | { readonly event: "start" }
  /** After every update, and after its report and evaluation where it has them. `progress` is the share of the run that is done. */
  | { readonly event: "step"; readonly step: number; readonly progress: number; readonly secondsLeft: number }
  | ({ readonly event: "report" } & Report)
  | ({ readonly event: "evaluation"; readonly step: number; readonly improved: boolean } & Evaluation)
  /** The last event. Parameters and state are the caller's from here on. */
  | { readonly event: "end"; readonly reason: "done" | "stopped" | "no-progress"; readonly steps: number; readonly tokensPerSecond: number }
);
