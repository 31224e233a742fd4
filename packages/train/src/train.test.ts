import { memoryInUse, useBackend, disposeTree, key } from "@refrain/core";
import { scalar, sum, square, sub, tensor1d, type Tensor1D, type Scalar, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { adamw } from "./adamw.ts";
import { constant } from "./constant.ts";
import { evaluate } from "./evaluate.ts";
import type { Evaluation, Progress, TrainEvent } from "./events.ts";
import type { Optimizer } from "./optimizer.ts";
import { sgd } from "./sgd.ts";
import { type Objective, train, type TrainOptions } from "./train.ts";

type Params = { w: Tensor1D };

/** Moves w towards a target that depends on the step. */
const objective: Objective<Params, number> = ({ w }, target) => ({
  value: tidy(() => sum(square(sub(w, target))) as Scalar),
  aside: { correct: scalar(1), total: scalar(2) },
});

const options = (more: Partial<TrainOptions<Params, number>> = {}): TrainOptions<Params, number> => ({
  params: { w: tensor1d([5, -5]) },
  optimizer: adamw(),
  objective,
  batches: (step) => Math.sin(step),
  schedule: constant(0.1),
  budget: { steps: 20 },
  key: key(1),
  ...more,
});

type Event = TrainEvent<Params>;

async function collect(run: AsyncIterable<Event>, until: (event: Event) => boolean = () => false): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of run) {
    events.push(event);
    if (until(event)) break;
  }
  return events;
}

const finalWeights = (events: Event[]): number[] => [...(events.at(-1) as Event).snapshot.params.w.dataSync()];

beforeAll(async () => {
  await useBackend("simd");
});

describe("train", () => {
  it("begins with start, reports means over the minibatches it names, and ends", async () => {
    const events = await collect(train(options({ reportEvery: 8 })));
    expect(events[0]?.event).toBe("start");
    const reports = events.flatMap((event) => (event.event === "report" ? [[event.from, event.to, event.accuracy]] : []));
    expect(reports).toEqual([
      [1, 8, 0.5],
      [9, 16, 0.5],
      [17, 20, 0.5],
    ]);
    expect(events.at(-1)).toMatchObject({ event: "end", reason: "done", steps: 20 });
  });

  it("reports the accuracy on each part of the answers that the objective tells apart", async () => {
    const apart: Objective<Params, number> = (params, target) => {
      const { value, aside } = objective(params, target, "inference");
      const up = Number(target > 0);
      return { value, aside: { ...aside, "correct.up": scalar(up), "total.up": scalar(2 * up), "total.never": scalar(0), "correct.never": scalar(0) } };
    };
    const counts: ReturnType<typeof memoryInUse>[] = [];
    const reports: unknown[] = [];
    for await (const event of train(options({ objective: apart, batches: (step) => (step % 4 === 0 ? 1 : -1), reportEvery: 10 }))) {
      if (event.event === "report") reports.push([event.accuracy, event.accuracyOf]);
      if (event.event === "step" && [2, 20].includes(event.step)) counts.push(memoryInUse());
    }
    expect(reports).toEqual([
      [0.5, { up: 0.5 }],
      [0.5, { up: 0.5 }],
    ]);
    expect(counts[1]).toEqual(counts[0]);
  });

  it("goes on from a snapshot to the same bits as a run that never stopped", async () => {
    const whole = finalWeights(await collect(train(options())));
    let saved: { w: number[]; first: number[]; second: number[]; progress: Progress } | undefined;
    for await (const { event, snapshot } of train(options())) {
      if (event === "step" && snapshot.progress.step === 7) {
        const { first, second } = snapshot.optimizerState as Record<string, Params>;
        saved = {
          w: [...snapshot.params.w.dataSync()],
          first: [...(first as Params).w.dataSync()],
          second: [...(second as Params).w.dataSync()],
          progress: snapshot.progress,
        };
        break;
      }
    }
    const { w, first, second, progress } = saved as NonNullable<typeof saved>;
    const resumed = train(
      options({ params: { w: tensor1d(w) }, optimizerState: { first: { w: tensor1d(first) }, second: { w: tensor1d(second) } }, progress }),
    );
    expect(finalWeights(await collect(resumed))).toEqual(whole);
  });

  it("leaves tensors and heap bytes as they were, however long it runs", async () => {
    const counts: ReturnType<typeof memoryInUse>[] = [];
    for await (const event of train(options({ budget: { steps: 60 }, clip: 1 }))) {
      if (event.event === "step" && [10, 60].includes(event.step)) counts.push(memoryInUse());
      if (event.event === "end") disposeTree([event.snapshot.params, event.snapshot.optimizerState]);
    }
    expect(counts[1]).toEqual(counts[0]);
  });

  it("refuses to clip to nothing before it begins, and keeps nothing", async () => {
    const given = options({ clip: 0 });
    const before = memoryInUse();
    await expect(collect(train(given))).rejects.toThrow("train: clip must be over 0, but is 0.");
    expect(memoryInUse()).toEqual(before);
    disposeTree(given.params);
  });

  it("clips also for an optimizer that heeds no scale", async () => {
    const clipped = (optimizer: Optimizer) => collect(train(options({ optimizer, clip: 0.01 }))).then(finalWeights);
    const { scales, update, ...rest } = sgd();
    const unaware: Optimizer = { ...rest, update: (gradients, state, params, { step, rate }) => update(gradients, state, params, { step, rate }) };
    expect(await clipped(unaware)).toEqual(await clipped(sgd()));
    expect(await clipped(unaware)).not.toEqual(finalWeights(await collect(train(options({ optimizer: sgd() })))));
  });

  it("stops after the step under way when it is told to, without an evaluation", async () => {
    const controller = new AbortController();
    const evaluate = (): Evaluation => {
      throw new Error("must not be called");
    };
    const events: Event[] = [];
    for await (const event of train(options({ signal: controller.signal, evaluate }))) {
      events.push(event);
      if (event.event === "step" && event.step === 3) controller.abort();
    }
    expect(events.at(-1)).toMatchObject({ event: "end", reason: "stopped", steps: 3 });
  });

  it("ends when evaluations bring nothing new for as long as patience says", async () => {
    const losses = [3, 2, 4, 5, 6, 7];
    const evaluate = (): Evaluation => ({ loss: losses.shift() as number, accuracy: 0 });
    const events = await collect(train(options({ evaluate, evaluateEvery: 2, patience: 2 })));
    expect(events.at(-1)).toMatchObject({ event: "end", reason: "no-progress", steps: 8 });
    expect((events.at(-1) as Event).snapshot.progress.best).toEqual({ step: 4, loss: 2, accuracy: 0 });
  });

  it("spends a budget of seconds and hands the share spent to the schedule", async () => {
    const shares: number[] = [];
    const schedule = ({ progress }: { progress: number }) => {
      shares.push(progress);
      return 0.1;
    };
    const events = await collect(train(options({ budget: { seconds: 0.05 }, schedule })));
    expect((events.at(-1) as Event).snapshot.progress.seconds).toBeGreaterThanOrEqual(0.05);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(Math.max(...shares)).toBeLessThan(1);
  });

  it("says that training has diverged when the loss is no number", async () => {
    const run = train(options({ optimizer: sgd(), schedule: constant(1e30), budget: { steps: 50 } }));
    await expect(collect(run)).rejects.toThrow(/diverged.*learning rate/);
  });
});

describe("evaluate", () => {
  /** Batches of [loss, right answers, answers, right and all answers of the part]. */
  const measured: Objective<Params, readonly number[]> = (_, [loss, correct, total, correctRare, totalRare]) => ({
    value: scalar(loss as number),
    aside: {
      correct: scalar(correct as number),
      total: scalar(total as number),
      ...(totalRare !== undefined && { "correct.rare": scalar(correctRare as number), "total.rare": scalar(totalRare) }),
    },
  });

  it("gives the mean loss and the accuracies, each batch weighing as much as it has answers, and leaks nothing", async () => {
    const params: Params = { w: tensor1d([1]) };
    const before = memoryInUse();
    const batches = [
      [1, 1, 2, 0, 1],
      [4, 4, 6, 1, 4],
    ];
    expect(await evaluate(measured, params, batches)).toEqual({ loss: (1 * 2 + 4 * 6) / 8, accuracy: 5 / 8, accuracyOf: { rare: 1 / 5 } });
    expect(await evaluate(measured, params, [[2, 3, 4]])).toEqual({ loss: 2, accuracy: 0.75 });
    expect(memoryInUse()).toEqual(before);
    params.w.dispose();
  });

  it("leaves out a part without an answer, and refuses batches without any", async () => {
    const params: Params = { w: tensor1d([1]) };
    expect(await evaluate(measured, params, [[1, 1, 2, 0, 0]])).toEqual({ loss: 1, accuracy: 0.5 });
    await expect(evaluate(measured, params, [])).rejects.toThrow("evaluate: the batches hold no answer to measure.");
    params.w.dispose();
  });
});
