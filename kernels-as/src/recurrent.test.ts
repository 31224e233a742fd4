import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";
import type { Kernels } from "./kernels.ts";

type Numbers = Float32Array | Float64Array;
/** What a run is made of. `gates` [n, G hidden]: the input's part; `recurrent` likewise: added to W h, 0 but for differences. */
type Arrays = { gates: Numbers; recurrent: Numbers; weights: Numbers; bias: Numbers; h: Numbers; c: Numbers };
type Run = { kind: Kind; counts: number[]; hidden: number; arrays: Arrays };
type Kind = keyof typeof CELLS;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Each cell by its equations, for one unit: from the gates' parts x of the input and m of the hidden state, to the next h and c. */
const CELLS = {
  rnn: { gates: 1, unit: ([x]: number[], [m]: number[]) => [Math.tanh(x! + m!), 0] },
  relu: { gates: 1, unit: ([x]: number[], [m]: number[]) => [Math.max(x! + m!, 0), 0] },
  lstm: {
    gates: 4, unit(x: number[], m: number[], _: number, c: number) {
      const [i, f, g, o] = x.map((value, gate) => (gate === 2 ? Math.tanh : sigmoid)(value + m[gate]!));
      const cell = f! * c + i! * g!;
      return [o! * Math.tanh(cell), cell];
    },
  },
  gru: {
    gates: 3, unit(x: number[], m: number[], h: number) {
      const r = sigmoid(x[0]! + m[0]!), z = sigmoid(x[1]! + m[1]!), n = Math.tanh(x[2]! + r * m[2]!);
      return [(1 - z) * n + z * h, 0];
    },
  },
} satisfies Record<string, { gates: number; unit(x: number[], m: number[], h: number, c: number): number[] }>;

/** The whole run in f64. */
function reference({ kind, counts, hidden, arrays }: Run): Record<"outputs" | "previous" | "h" | "c", Float64Array> {
  const { gates: G, unit } = CELLS[kind], { gates, recurrent, weights, bias } = arrays;
  const h = Float64Array.from(arrays.h), c = Float64Array.from(arrays.c), total = counts.reduce((a, b) => a + b, 0);
  const outputs = new Float64Array(total * hidden), previous = new Float64Array(total * hidden);
  let n = 0;
  for (const rows of counts) {
    for (let row = 0; row < rows; row++, n++) {
      const before = h.slice(row * hidden, (row + 1) * hidden);
      previous.set(before, n * hidden);
      for (let j = 0; j < hidden; j++) {
        const line = Array.from({ length: G }, (_, gate) => gate * hidden + j);
        const x = line.map((k) => gates[n * G * hidden + k]!);
        const m = line.map((k) => before.reduce((sum, value, i) => sum + value * weights[k * hidden + i]!, bias[k]! + recurrent[n * G * hidden + k]!));
        [h[row * hidden + j], c[row * hidden + j]] = unit(x, m, before[j]!, c[row * hidden + j]!) as [number, number];
      }
      outputs.set(h.subarray(row * hidden, (row + 1) * hidden), n * hidden);
    }
  }
  return { outputs, previous, h, c };
}

/** A run of random numbers over sequences of these lengths, longest first. */
function randomRun(kind: Kind, lengths: number[], hidden: number, seed: number): Run {
  const counts = Array.from({ length: Math.max(...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  const n = lengths.reduce((a, b) => a + b, 0), width = CELLS[kind].gates * hidden;
  const make = (salt: number, count: number, scale = 1) => numbers(seed + salt, count, scale);
  return {
    kind, counts, hidden, arrays: {
      gates: make(0, n * width), recurrent: new Float32Array(n * width), weights: make(1, width * hidden, 1.5 / Math.sqrt(hidden)),
      bias: kind === "gru" ? make(2, width) : new Float32Array(width), h: make(3, lengths.length * hidden), c: kind === "lstm" ? make(4, lengths.length * hidden) : new Float32Array(lengths.length * hidden),
    },
  };
}

type Upstream = { outputs: Float32Array; h: Float32Array; c: Float32Array };

/** Forward and backward by the kernels: what each left, the gradients under the names of what they are of. */
function byKernels(kernels: Kernels, { kind, counts, hidden, arrays }: Run, upstream: Upstream): Record<string, Float32Array> {
  const { run } = kernels, time = counts.length, n = upstream.outputs.length / hidden, width = CELLS[kind].gates * hidden;
  return onHeap(kernels, (put) => {
    const place = (values: Numbers) => put(Float32Array.from(values));
    const steps = put(Int32Array.from(counts)).at, weights = place(arrays.weights).at, h = place(arrays.h), c = place(arrays.c), first = place(arrays.c).at;
    const gates = place(arrays.gates), [previous, cells, outputs] = [0, 1, 2].map(() => put(empty(n * hidden))) as [typeof h, typeof h, typeof h];
    const dOutputs = put(upstream.outputs).at, dh = put(upstream.h), dc = put(upstream.c), dGates = put(empty(n * width)), dRecurrent = put(empty(n * width));
    const relu = kind === "relu", written = kind === "rnn" || relu ? gates : outputs;
    if (kind === "lstm") {
      run.lstmForward(time, hidden, steps, gates.at, weights, h.at, c.at, previous.at, cells.at, outputs.at);
      run.lstmBackward(time, hidden, steps, gates.at, weights, first, cells.at, dOutputs, dh.at, dc.at, dGates.at);
    } else if (kind === "gru") {
      run.gruForward(time, hidden, steps, gates.at, weights, place(arrays.bias).at, h.at, previous.at, cells.at, outputs.at);
      run.gruBackward(time, hidden, steps, gates.at, weights, previous.at, cells.at, dOutputs, dh.at, dGates.at, dRecurrent.at);
    } else {
      run.rnnForward(time, hidden, relu, steps, gates.at, weights, h.at, previous.at);
      run.rnnBackward(time, hidden, relu, steps, gates.at, weights, dOutputs, dh.at, dGates.at);
    }
    return {
      outputs: written.floats(), previous: previous.floats(), h: h.floats(), c: c.floats(),
      dGates: dGates.floats(), dRecurrent: (kind === "gru" ? dRecurrent : dGates).floats(), dH: dh.floats(), dC: dc.floats(),
    };
  });
}

/** The central difference of what `upstream` weighs, by number `at` of an array. In f64, relu's kinks are met by no step as short as this. */
function difference(run: Run, name: keyof Arrays, at: number, upstream: Upstream): number {
  const step = 1e-6;
  const value = (by: number) => {
    const moved = Float64Array.from(run.arrays[name]);
    moved[at]! += by;
    const { outputs, h, c } = reference({ ...run, arrays: { ...run.arrays, [name]: moved } });
    const dot = (a: Float64Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    return dot(outputs, upstream.outputs) + dot(h, upstream.h) + dot(c, upstream.c);
  };
  return (value(step) - value(-step)) / (2 * step);
}

const KINDS = Object.keys(CELLS) as Kind[];
const lengthsUpTo = (time: number, batch: number) => fc.array(fc.integer({ min: 0, max: time }), { minLength: 1, maxLength: batch })
  .map((lengths) => lengths.toSorted((a, b) => b - a)).filter(([longest]) => longest! > 0);

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  function check(run: Run, seed: number, differences: number): void {
    const { arrays, hidden } = run, expected = reference(run);
    const upstream = { outputs: numbers(seed + 7, expected.outputs.length), h: numbers(seed + 8, arrays.h.length), c: run.kind === "lstm" ? numbers(seed + 9, arrays.c.length) : new Float32Array(arrays.c.length) };
    const got = byKernels(kernels, run, upstream);
    for (const [name, want] of Object.entries(expected)) expect(worst(got[name]!, want), name).toBeLessThan(2e-5);
    for (const [of, name] of [["gates", "dGates"], ["recurrent", "dRecurrent"], ["h", "dH"], ["c", "dC"]] as const) {
      const size = arrays[of].length, stride = Math.max(1, Math.floor(size / differences) | 1);
      for (let i = seed % stride; i < size && !(of === "c" && run.kind !== "lstm"); i += stride) {
        const want = difference(run, of, i, upstream);
        expect(Math.abs(got[name]![i]! - want) / (1 + Math.abs(want)), `${name}[${i}] of hidden ${hidden}`).toBeLessThan(1e-4);
      }
    }
  }

  test.each(KINDS)("%s of any sizes and lengths is what its equations say, forward and backward", (kind) => {
    const runs = fc.record({ lengths: lengthsUpTo(6, 7), hidden: fc.integer({ min: 1, max: 13 }), seed: fc.nat() });
    fc.assert(fc.property(runs, ({ lengths, hidden, seed }) => check(randomRun(kind, lengths, hidden, seed), seed, 12)), { numRuns: 40, seed: 1 });
  });

  test.each(KINDS)("%s holds for batches and states beyond a block of the product", (kind) => {
    check(randomRun(kind, [...Array<number>(125).fill(2), 1], 33, 3), 3, 2);
    check(randomRun(kind, [2, 1, 1], 521, 4), 4, 2);
  });
});
