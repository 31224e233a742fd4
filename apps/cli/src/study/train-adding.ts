import { disposeTree, foldIn, type Key } from "@refrain/core";
import { addingProblem } from "@refrain/data";
import { adamw, constant, evaluate, type Snapshot, train } from "@refrain/train";
import type { AddingNet, AddingParams } from "./adding-net.ts";

/** The held-out mean squared error under which the adding problem counts as solved. Whoever always answers 1 has 1/6. */
export const SOLVED = 0.01;

export type AddingOptions = {
  /** Steps of a sequence. */
  readonly length: number;
  readonly batch: number;
  /** Updates, at most. */
  readonly steps: number;
  readonly lr: number;
  /** The largest norm of all gradients together; 0 clips nothing. */
  readonly clip: number;
  readonly seed: number;
  readonly evaluateEvery: number;
};

/** A measurement on the held-out sequences. */
export type AddingPoint = {
  readonly step: number;
  /** Mean squared error. */
  readonly error: number;
  /** The share of answers within 0.04 of the sum. */
  readonly right: number;
  /** Of training. */
  readonly seconds: number;
};

/** `solved` says whether the error came under SOLVED, `stopped` whether the training was broken off. The caller disposes the parameters. */
export type AddingOutcome = { readonly params: AddingParams; readonly last: AddingPoint | undefined; readonly solved: boolean; readonly stopped: boolean };

/** Batches of held-out sequences, and sequences in each. They come from a seed that no run trains on by chance: the run's own and this. */
const HELD_OUT = { batches: 8, batch: 64, seed: 0x40000000 };

/** Trains a net on the adding problem with Adam, until its error on held-out sequences is under SOLVED. */
export async function trainAdding(
  net: AddingNet,
  key: Key,
  { length, batch, steps, lr, clip, seed, evaluateEvery }: AddingOptions,
  report: (point: AddingPoint) => void,
  signal: AbortSignal,
): Promise<AddingOutcome> {
  const heldOut = addingProblem({ batch: HELD_OUT.batch, time: length }, seed ^ HELD_OUT.seed);
  let last: AddingPoint | undefined;
  let snapshot: Snapshot<AddingParams> | undefined;
  for await (const event of train({
    params: net.init(foldIn(key, 0)),
    objective: net.objective,
    optimizer: adamw({ decay: 0 }),
    schedule: constant(lr),
    batches: addingProblem({ batch, time: length }, seed),
    budget: { steps },
    ...(clip > 0 && { clip }),
    key: foldIn(key, 1),
    evaluate: (params) =>
      evaluate(
        net.objective,
        params,
        Array.from({ length: HELD_OUT.batches }, (_, i) => heldOut(i)),
      ),
    evaluateEvery,
    signal,
  })) {
    ({ snapshot } = event);
    if (event.event !== "evaluation") continue;
    last = { step: event.step, error: event.loss, right: event.accuracy, seconds: event.snapshot.progress.seconds };
    report(last);
    if (last.error < SOLVED) break;
  }
  const { params, optimizerState } = snapshot as Snapshot<AddingParams>;
  disposeTree(optimizerState);
  const solved = last !== undefined && last.error < SOLVED;
  return { params, last, solved, stopped: signal.aborted && !solved };
}

/** A measurement as a line for people. */
export function pointLine(name: string, { step, error, right }: AddingPoint): string {
  return `${name.padEnd(5)} step ${String(step).padStart(5)}  error ${error.toFixed(4)}  right ${(100 * right).toFixed(1)} %`;
}
