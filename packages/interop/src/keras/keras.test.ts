import { type Tensor, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import { gru, lstm, type LstmParams, recurrence, type RecurrentParams } from "@refrain/cells";
import { type Cell, disposeTree, key, memoryInUse, named, useBackend } from "@refrain/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, some } from "@refrain-tests/checks";
import type { Mapping } from "../contract.ts";
import { kerasGru } from "./keras-gru.ts";
import { kerasLstm } from "./keras-lstm.ts";
import { plainGru, plainLstm, type PlainWeights } from "./plain-keras.test-helper.ts";

type Sizes = { readonly input: number; readonly hidden: number; readonly bias: boolean };
type Form = {
  readonly mapping: () => Mapping<RecurrentParams>;
  readonly cell: (sizes: Sizes) => Cell<RecurrentParams, never>;
  readonly gates: number;
  readonly bias: (hidden: number) => number[];
  readonly plain: (weights: PlainWeights, sequence: readonly number[][]) => number[][];
};

const FORMS: readonly (readonly [string, Form])[] = [
  ["LSTM", { mapping: kerasLstm as () => Mapping<RecurrentParams>, cell: lstm as never, gates: 4, bias: (hidden) => [4 * hidden], plain: plainLstm }],
  [
    "GRU with reset_after",
    { mapping: kerasGru, cell: gru as never, gates: 3, bias: (hidden) => [2, 3 * hidden], plain: (weights, x) => plainGru(weights, x, true) },
  ],
  [
    "GRU without reset_after",
    {
      mapping: () => kerasGru({ reset: "before" }),
      cell: ((sizes: Sizes) => gru({ ...sizes, reset: "before" })) as never,
      gates: 3,
      bias: (hidden) => [3 * hidden],
      plain: (weights, x) => plainGru(weights, x, false),
    },
  ],
];

const TIME = 4,
  BATCH = 2;

const sizes = fc.record({ input: fc.integer({ min: 1, max: 6 }), hidden: fc.integer({ min: 1, max: 6 }), bias: fc.boolean(), seed: fc.nat(1000) });

function kerasTensors({ gates, bias }: Form, { input, hidden, bias: biased, seed }: Sizes & { seed: number }): Map<string, Tensor> {
  return new Map([
    ["cell/kernel", some([input, gates * hidden], seed, 0.7)],
    ["cell/recurrent_kernel", some([hidden, gates * hidden], seed + 1, 0.7)],
    ...(biased ? [["cell/bias", some(bias(hidden), seed + 2, 0.7)] as const] : []),
  ]);
}

/** Fails unless our layer with these parameters gives what Keras's equations make of these tensors. */
function expectKerasNumbers(form: Form, { input, hidden, bias }: Sizes, params: RecurrentParams, tensors: ReadonlyMap<string, Tensor>): void {
  const x = some([BATCH, TIME, input], 9) as Tensor3D;
  const outputs = recurrence(form.cell({ input, hidden, bias })).apply(params, { x }).outputs.dataSync();
  const numbers = (name: string) => tensors.get(name)?.dataSync();
  const weights = { input, hidden, kernel: numbers("cell/kernel"), recurrent: numbers("cell/recurrent_kernel"), bias: numbers("cell/bias") } as PlainWeights;
  const values = [...x.dataSync()];
  const sequences = Array.from({ length: BATCH }, (_, b) =>
    Array.from({ length: TIME }, (_, t) => values.slice((b * TIME + t) * input, (b * TIME + t + 1) * input)),
  );
  expectClose(outputs, sequences.flatMap((sequence) => form.plain(weights, sequence)).flat());
}

describe.each(BACKENDS)("Keras's recurrent layers on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(FORMS)("%s: loaded, our layer gives what Keras's equations say; saved, the same weights come back", (_, form) => {
    fc.assert(
      fc.property(sizes, (drawn) => {
        tidy(() => {
          const tensors = kerasTensors(form, drawn);
          const params = form.mapping().load(tensors, "cell/");
          expectKerasNumbers(form, drawn, params, tensors);
          const saved = form.mapping().save(params, "cell/");
          expect(Object.keys(saved).toSorted()).toEqual([...tensors.keys()].toSorted());
          for (const [name, tensor] of tensors) {
            expect(saved[name]?.shape).toEqual(tensor.shape);
            expectClose(saved[name]?.dataSync() as Float32Array, tensor.dataSync(), 0, name);
          }
        });
      }),
      { numRuns: 20 },
    );
  });

  it.each(FORMS)("%s: a cell of ours, saved, gives in Keras's equations what it gives here", (_, form) => {
    fc.assert(
      fc.property(sizes, (drawn) => {
        tidy(() => {
          const params = form.cell(drawn).init(key(drawn.seed));
          expectKerasNumbers(form, drawn, params, named(form.mapping().save(params, "cell/")));
        });
      }),
      { numRuns: 20 },
    );
  });

  it.each(FORMS)("%s: neither way leaks, and all that comes is the caller's", (_, form) => {
    const tensors = kerasTensors(form, { input: 2, hidden: 3, bias: true, seed: 1 });
    const mapping = form.mapping();
    const before = memoryInUse().tensors;
    const params = mapping.load(tensors, "cell/");
    const saved = mapping.save(params);
    disposeTree(params);
    expectClose(saved.kernel?.dataSync() as Float32Array, tensors.get("cell/kernel")?.dataSync() as Float32Array, 0);
    disposeTree(saved);
    expect(memoryInUse().tensors).toBe(before);
    expectNoLeak(() => {
      const again = mapping.load(tensors, "cell/");
      disposeTree([again, mapping.save(again)]);
      expect(() => mapping.load(tensors)).toThrow("kernel is missing; there are cell/kernel, cell/recurrent_kernel, cell/bias.");
    });
    disposeTree([...tensors.values()]);
  });
});

describe("weights that do not fit Keras's layers", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each<[string, Mapping<RecurrentParams> | Mapping<LstmParams>, Record<string, number[]>, string]>([
    ["a GRU's bias of the other form", kerasGru(), { kernel: [2, 9], recurrent_kernel: [3, 9], bias: [9] }, "kerasGru: bias is [9], but must be [2,9]."],
    [
      "a GRU's bias of the other form",
      kerasGru({ reset: "before" }),
      { kernel: [2, 9], recurrent_kernel: [3, 9], bias: [2, 9] },
      "bias is [2,9], but must be [9].",
    ],
    [
      "a GRU for an LSTM",
      kerasLstm(),
      { kernel: [2, 9], recurrent_kernel: [3, 9] },
      "kernel is [2,9], but must be [2,12]; recurrent_kernel is [3,9], but must be [3,12].",
    ],
    ["a stranger", kerasLstm(), { kernel: [2, 4], recurrent_kernel: [1, 4], gamma: [4] }, "kerasLstm: gamma belongs to no parameter."],
    ["no recurrent kernel", kerasLstm(), { kernel: [2, 4] }, "kerasLstm: recurrent_kernel [1,4] is missing."],
  ])("%s is named", (_, mapping, shapes, message) => {
    const tensors = new Map(Object.entries(shapes).map(([name, shape]) => [name, zeros(shape)]));
    expect(() => mapping.load(tensors)).toThrow(message);
  });

  it.each([
    [
      "peepholes",
      () => kerasLstm().save(lstm({ input: 2, hidden: 3, peepholes: "diagonal" }).init(key(1))),
      "kerasLstm: there is no counterpart of peepholes.input",
    ],
    [
      "a projection",
      () => kerasLstm().save(lstm({ input: 2, hidden: 3, projection: 2 }).init(key(1))),
      "kerasLstm: there is no counterpart of weightProjection",
    ],
    [
      "norms",
      () => kerasGru().save(gru({ input: 2, hidden: 3, layerNorm: true }).init(key(1))),
      "kerasGru: there is no counterpart of norms.input.gates.weight",
    ],
    ["another reset", () => kerasGru({ reset: "never" as "after" }), 'kerasGru: reset must be "after" or "before", but is "never".'],
  ])("%s is refused", (_, save, message) => {
    expect(save).toThrow(message);
  });

  it("one bias without the other is refused", () => {
    const { biasHidden, ...rest } = lstm({ input: 2, hidden: 3 }).init(key(1));
    expect(() => kerasLstm().save(rest)).toThrow("kerasLstm: there must be both biases or none, but there is only one.");
    expect(biasHidden?.shape).toEqual([12]);
  });
});
