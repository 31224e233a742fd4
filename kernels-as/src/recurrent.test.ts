import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";
import type { Kernels } from "./kernels.ts";

type Numbers = Float32Array | Float64Array;
type Four = readonly [number, number, number, number];
/** `gates` [n, G hidden]: the input's part. `recurrent` [n, G hidden]: added to W h; zeros, moved only to take differences by them. */
type Arrays = { readonly [name in "gates" | "recurrent" | "weights" | "bias" | "h" | "c"]: Numbers };
type Run = { readonly kind: Kind; readonly counts: number[]; readonly hidden: number; readonly arrays: Arrays };
type Kind = "rnn" | "relu" | "lstm" | "gru";
type Results = { readonly [name in "outputs" | "previous" | "h" | "c"]: Float64Array };

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Each cell by its equations, for one unit: from the input's parts x of its gates and the hidden state's parts m to the next h and c. */
const CELLS: Record<Kind, { gates: number; unit(x: Four, m: Four, h: number, c: number): [h: number, c: number] }> = {
  rnn: { gates: 1, unit: ([x], [m]) => [Math.tanh(x + m), 0] },
  relu: { gates: 1, unit: ([x], [m]) => [Math.max(x + m, 0), 0] },
  lstm: {
    gates: 4,
    unit([xi, xf, xg, xo], [mi, mf, mg, mo], _, c) {
      const cell = sigmoid(xf + mf) * c + sigmoid(xi + mi) * Math.tanh(xg + mg);
      return [sigmoid(xo + mo) * Math.tanh(cell), cell];
    },
  },
  gru: {
    gates: 3,
    unit([xr, xz, xn], [mr, mz, mn], h) {
      const z = sigmoid(xz + mz);
      return [(1 - z) * Math.tanh(xn + sigmoid(xr + mr) * mn) + z * h, 0];
    },
  },
};

/** out[i] = start[i] + more[offset + i] + (W h)[i] for W [width, hidden]. */
function preActivations(weights: Numbers, h: Float64Array, start: Numbers, more: Numbers, offset: number): Float64Array {
  return Float64Array.from(start, (value, i) => {
    let sum = value + (more[offset + i] as number);
    for (let j = 0; j < h.length; j++) sum += (weights[i * h.length + j] as number) * (h[j] as number);
    return sum;
  });
}

/** The whole run in f64. */
function reference({ kind, counts, hidden, arrays: { gates, recurrent, weights, bias, ...initial } }: Run): Results {
  const width = CELLS[kind].gates * hidden;
  const [h, c] = [Float64Array.from(initial.h), Float64Array.from(initial.c)];
  const [outputs, previous] = [new Float64Array((gates.length / width) * hidden), new Float64Array((gates.length / width) * hidden)];
  const four = (values: Numbers, at: number): Four => [values[at] ?? 0, values[at + hidden] ?? 0, values[at + 2 * hidden] ?? 0, values[at + 3 * hidden] ?? 0];
  let n = 0;
  for (const rows of counts) {
    for (let row = 0; row < rows; row++, n++) {
      const before = h.slice(row * hidden, (row + 1) * hidden);
      const m = preActivations(weights, before, bias, recurrent, n * width);
      previous.set(before, n * hidden);
      before.forEach((value, j) => {
        const at = row * hidden + j;
        [h[at], c[at]] = CELLS[kind].unit(four(gates, n * width + j), four(m, j), value, c[at] ?? 0);
      });
      outputs.set(h.subarray(row * hidden, (row + 1) * hidden), n * hidden);
    }
  }
  return { outputs, previous, h, c };
}

/** A run of random numbers over sequences of these lengths, the longest first. */
function randomRun(kind: Kind, lengths: number[], hidden: number, seed: number): Run {
  const counts = Array.from({ length: Math.max(...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  const width = CELLS[kind].gates * hidden;
  const gates = numbers(seed, counts.reduce((a, b) => a + b, 0) * width);
  const weights = numbers(seed + 1, width * hidden, 1.5 / Math.sqrt(hidden));
  const bias = numbers(seed + 2, width, kind === "gru" && seed % 2 === 1 ? 1 : 0);
  const h = numbers(seed + 3, lengths.length * hidden);
  const c = numbers(seed + 4, lengths.length * hidden, kind === "lstm" ? 1 : 0);
  return { kind, counts, hidden, arrays: { gates, recurrent: new Float32Array(gates.length), weights, bias, h, c } };
}

/** The gradients of the results that a loss starts from. */
type Upstream = { readonly [name in "outputs" | "h" | "c"]: Float32Array };

/** Forward and backward by the kernels: all that they leave; a gradient has a d before the name of what it is of. */
function byKernels(kernels: Kernels, { kind, counts, hidden, arrays }: Run, upstream: Upstream): Record<string, Float32Array> {
  const { run } = kernels;
  const time = counts.length;
  return onHeap(kernels, (put) => {
    const place = (values: Numbers) => put(Float32Array.from(values));
    const steps = put(Int32Array.from(counts)).at;
    const weights = place(arrays.weights).at;
    const bias = arrays.bias.some((value) => value !== 0) ? place(arrays.bias).at : 0;
    const firstC = place(arrays.c).at;
    const dOutputs = place(upstream.outputs).at;
    const aside = place(empty(upstream.outputs.length)).at;
    const [h, c, dH, dC] = [place(arrays.h), place(arrays.c), place(upstream.h), place(upstream.c)];
    const [gates, outputs, previous] = [place(arrays.gates), place(empty(upstream.outputs.length)), place(empty(upstream.outputs.length))];
    const [dGates, dRecurrent] = [place(empty(arrays.gates.length)), place(empty(arrays.gates.length))];
    const results = { outputs, previous, h, c, dGates, dRecurrent, dH, dC };
    if (kind === "lstm") {
      run.lstmForward(time, hidden, steps, gates.at, weights, h.at, c.at, previous.at, aside, outputs.at);
      run.lstmBackward(time, hidden, steps, gates.at, weights, firstC, aside, dOutputs, dH.at, dC.at, dGates.at);
      results.dRecurrent = dGates;
    } else if (kind === "gru") {
      run.gruForward(time, hidden, steps, gates.at, weights, bias, h.at, previous.at, aside, outputs.at);
      run.gruBackward(time, hidden, steps, gates.at, weights, previous.at, aside, dOutputs, dH.at, dGates.at, dRecurrent.at);
    } else {
      run.rnnForward(time, hidden, kind === "relu", steps, gates.at, weights, h.at, previous.at);
      run.rnnBackward(time, hidden, kind === "relu", steps, gates.at, weights, dOutputs, dH.at, dGates.at);
      Object.assign(results, { outputs: gates, dRecurrent: dGates });
    }
    return Object.fromEntries(Object.entries(results).map(([name, { floats }]) => [name, floats()]));
  });
}

/** The central difference, in f64, of the loss that `upstream` stands for, by number `at` of an array. */
function difference(run: Run, name: keyof Arrays, at: number, upstream: Upstream): number {
  const dot = (a: Float64Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
  const loss = (by: number) => {
    const moved = Float64Array.from(run.arrays[name], (value, i) => (i === at ? value + by : value));
    const { outputs, h, c } = reference({ ...run, arrays: { ...run.arrays, [name]: moved } });
    return dot(outputs, upstream.outputs) + dot(h, upstream.h) + dot(c, upstream.c);
  };
  return (loss(1e-6) - loss(-1e-6)) / 2e-6;
}

const GRADIENTS = { gates: "dGates", recurrent: "dRecurrent", h: "dH", c: "dC" } as const;

/** Compares a run's results with the reference, and some `samples` of each gradient with differences. */
function check(kernels: Kernels, run: Run, seed: number, samples: number): void {
  const want = reference(run);
  const upstream = {
    outputs: numbers(seed + 7, want.outputs.length),
    h: numbers(seed + 8, want.h.length),
    c: numbers(seed + 9, want.c.length, run.kind === "lstm" ? 1 : 0),
  };
  const got = byKernels(kernels, run, upstream);
  for (const [name, values] of Object.entries(want)) expect(worst(got[name] ?? [], values), name).toBeLessThan(2e-5);
  for (const of of Object.keys(GRADIENTS) as (keyof typeof GRADIENTS)[]) {
    const places = Array.from({ length: samples }, (_, i) => (seed + i * 7919) % run.arrays[of].length);
    const slopes = places.map((at) => (of === "c" && run.kind !== "lstm" ? 0 : difference(run, of, at, upstream)));
    const gradients = places.map((at) => got[GRADIENTS[of]]?.[at] ?? Number.NaN);
    expect(worst(gradients, slopes), `${GRADIENTS[of]} at ${places}`).toBeLessThan(1e-4);
  }
}

const KINDS = Object.keys(CELLS) as Kind[];
const lengths = fc
  .array(fc.nat(6), { minLength: 1, maxLength: 7 })
  .filter((all) => Math.max(...all) > 0)
  .map((all) => all.toSorted((a, b) => b - a));
const runs = fc.record({ lengths, hidden: fc.integer({ min: 1, max: 13 }), seed: fc.nat() });

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  test.each(KINDS)("%s of any sizes and lengths is what its equations say, forward and backward", (kind) => {
    // One seed, as relu has no gradient where a difference straddles its kink.
    fc.assert(
      fc.property(runs, ({ lengths, hidden, seed }) => check(kernels, randomRun(kind, lengths, hidden, seed), seed, 8)),
      { numRuns: 40, seed: 1 },
    );
  });

  test.each(KINDS)("%s holds for batches and states beyond a block of the product", (kind) => {
    check(kernels, randomRun(kind, [...Array<number>(124).fill(2), 1], 9, 3), 3, 3);
    check(kernels, randomRun(kind, [2, 1, 1], Math.ceil(515 / CELLS[kind].gates), 4), 4, 2);
  });

  test.each(KINDS)("%s gives back the memory it packs into", (kind) => {
    const run = randomRun(kind, [3, 2, 1], 128, 5);
    const upstream = { outputs: empty(6 * 128), h: empty(3 * 128), c: empty(3 * 128) };
    byKernels(kernels, run, upstream);
    const before = kernels.heap.memory.buffer.byteLength;
    for (let i = 0; i < 70; i++) byKernels(kernels, run, upstream);
    expect(kernels.heap.memory.buffer.byteLength).toBe(before);
  });
});
