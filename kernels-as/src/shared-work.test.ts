import { describe, expect, test } from "vitest";
import { type Allocator, createHeap } from "./heap.ts";
import { numbers, onHeap, type Placed } from "./kernels.test.helper.ts";
import type { KernelFunctions, Kernels } from "./kernels.ts";
import { BINARY, UNARY } from "./operations.ts";
import { loadKernels } from "./load-kernels.ts";
import { readWasm } from "./read-wasm.ts";
import type { Sharing } from "./start-threads.ts";

type Put = (values: Float32Array | Int32Array) => Placed;
/** Calls a kernel on arrays large enough for several parts, and gives those that it wrote. */
type Work = (run: KernelFunctions, put: Put) => readonly Placed[];

const ROWS = 301,
  COLUMNS = 131,
  SIZE = ROWS * COLUMNS;
const HIDDEN = 53,
  COUNTS = [23, 23, 19, 8, 3],
  STEPS = COUNTS.reduce((a, b) => a + b);

type Six = [number, number, number, number, number, number];

/** So many arrays of so many numbers. */
const several = (put: Put, count: number, size: number): Placed[] => Array.from({ length: count }, (_, i) => put(numbers(i + 1, size)));
const at = (placed: readonly Placed[]): number[] => placed.map((array) => array.at);

/** What a recurrent kernel with so many gates works on, of the sizes that most of its arguments have. */
function sequences(put: Put, gates: number) {
  const counts = put(Int32Array.from(COUNTS));
  const [weights] = several(put, 1, gates * HIDDEN * HIDDEN) as [Placed];
  const batch = several(put, 4, (COUNTS[0] as number) * HIDDEN),
    rows = several(put, 6, STEPS * HIDDEN),
    wide = several(put, 4, STEPS * gates * HIDDEN);
  return { counts: counts.at, weights: weights.at, batch, rows, wide, all: [...batch, ...rows, ...wide] };
}

const WORKS: Record<string, Work> = {
  unary(run, put) {
    const [x, out] = several(put, 2, SIZE) as [Placed, Placed];
    UNARY.forEach((_, op) => {
      run.unary(op, SIZE, x.at, out.at);
    });
    return [out];
  },
  binary(run, put) {
    const outs = several(put, 4, SIZE);
    const [a, b] = several(put, 2, SIZE) as [Placed, Placed];
    const add = BINARY.indexOf("add");
    run.binary(add, 1, SIZE, a.at, 0, true, b.at, 0, true, (outs[0] as Placed).at);
    run.binary(add, 1, SIZE, a.at, 0, false, b.at, 0, true, (outs[1] as Placed).at);
    run.binary(add, ROWS, COLUMNS, a.at, COLUMNS, true, b.at, 0, true, (outs[2] as Placed).at);
    run.binary(add, ROWS, COLUMNS, a.at, 1, false, b.at, COLUMNS, true, (outs[3] as Placed).at);
    return outs;
  },
  sumColumns(run, put) {
    const [x] = several(put, 1, SIZE) as [Placed];
    const [out] = several(put, 1, COLUMNS) as [Placed];
    run.sumColumns(ROWS, COLUMNS, x.at, out.at, true);
    return [out];
  },
  rows(run, put) {
    const [x, soft, log] = several(put, 3, SIZE) as [Placed, Placed, Placed];
    const [sums, most, places] = several(put, 3, ROWS) as [Placed, Placed, Placed];
    run.softmax(ROWS, COLUMNS, x.at, 0.7, soft.at);
    run.logSoftmax(ROWS, COLUMNS, x.at, log.at);
    run.sumRows(ROWS, COLUMNS, x.at, sums.at);
    run.maxRows(ROWS, COLUMNS, x.at, most.at);
    run.argMaxRows(ROWS, COLUMNS, x.at, places.at);
    return [soft, log, sums, most, places];
  },
  layerNorm(run, put) {
    const [x, out, dOut, dX] = several(put, 4, SIZE) as [Placed, Placed, Placed, Placed];
    const [weight, bias, dWeight, dBias] = several(put, 4, COLUMNS) as [Placed, Placed, Placed, Placed];
    const [means, scales] = several(put, 2, ROWS) as [Placed, Placed];
    run.layerNormForward(ROWS, COLUMNS, x.at, weight.at, bias.at, 1e-5, out.at, means.at, scales.at);
    run.layerNormBackward(ROWS, COLUMNS, x.at, weight.at, means.at, scales.at, dOut.at, dX.at, dWeight.at, dBias.at);
    return [out, means, scales, dX, dWeight, dBias];
  },
  crossEntropy(run, put) {
    const [logits, out] = several(put, 2, SIZE) as [Placed, Placed];
    const labels = put(Int32Array.from({ length: ROWS }, (_, i) => ((i * 7) % (COLUMNS + 3)) - 1));
    const [losses, logSums, scales] = several(put, 3, ROWS) as [Placed, Placed, Placed];
    run.crossEntropyForward(ROWS, COLUMNS, logits.at, labels.at, 0.1, losses.at, logSums.at);
    run.crossEntropyBackward(ROWS, COLUMNS, logits.at, labels.at, logSums.at, scales.at, 0.1, out.at);
    return [losses, logSums, out];
  },
  gelu(run, put) {
    const [x, out, dOut, dX] = several(put, 4, SIZE) as [Placed, Placed, Placed, Placed];
    run.geluForward(SIZE, false, x.at, out.at, dX.at);
    run.geluForward(SIZE, true, x.at, out.at, 0);
    run.geluBackward(SIZE, true, x.at, dOut.at, dX.at);
    return [out, dX];
  },
  adamw(run, put) {
    const [weights, gradients, first, second, a, b, c] = several(put, 7, SIZE) as [Placed, Placed, Placed, Placed, Placed, Placed, Placed];
    run.unary(UNARY.indexOf("abs"), SIZE, second.at, second.at);
    run.adamw(SIZE, weights.at, gradients.at, weights.at, first.at, second.at, 0.99, 0.9, 0.999, 0.01, 1.1, 1e-8, a.at, b.at, c.at);
    return [a, b, c];
  },
  rnn(run, put) {
    const { counts, weights, batch, rows, all } = sequences(put, 1);
    const [h, dh] = at(batch) as [number, number];
    const [outputs, previous, dOutputs, dGates] = at(rows) as [number, number, number, number];
    run.rnnForward(COUNTS.length, HIDDEN, false, counts, outputs, weights, h, previous);
    run.rnnBackward(COUNTS.length, HIDDEN, false, counts, outputs, weights, dOutputs, dh, dGates);
    return all;
  },
  lstm(run, put) {
    const { counts, weights, batch, rows, wide, all } = sequences(put, 4);
    const [h, c, dh, dc] = at(batch) as [number, number, number, number];
    const [previous, cells, outputs, dOutputs] = at(rows) as [number, number, number, number];
    const [gates, dGates] = at(wide) as [number, number];
    run.lstmForward(COUNTS.length, HIDDEN, counts, gates, weights, h, c, previous, cells, outputs);
    run.lstmBackward(COUNTS.length, HIDDEN, counts, gates, weights, c, cells, dOutputs, dh, dc, dGates);
    return all;
  },
  gru(run, put) {
    const { counts, weights, batch, rows, wide, all } = sequences(put, 3);
    const [h, dh] = at(batch) as [number, number];
    const [previous, candidates, outputs, dOutputs] = at(rows) as [number, number, number, number];
    const [gates, dInput, dRecurrent] = at(wide) as [number, number, number];
    run.gruForward(COUNTS.length, HIDDEN, counts, gates, weights, 0, h, previous, candidates, outputs);
    run.gruBackward(COUNTS.length, HIDDEN, counts, gates, weights, previous, candidates, dOutputs, dh, dInput, dRecurrent);
    return all;
  },
  panels(run, put) {
    const [m] = several(put, 1, SIZE) as [Placed];
    const [x, f32, int8] = several(put, 3, 7 * ROWS) as [Placed, Placed, Placed];
    const [packed, packedInt8] = several(put, 2, 2 * SIZE) as [Placed, Placed];
    run.packPanels(ROWS, COLUMNS, m.at, COLUMNS, packed.at);
    run.packInt8(ROWS, COLUMNS, m.at, COLUMNS, packedInt8.at);
    run.multiplyPanels(7, ROWS, COLUMNS, x.at, COLUMNS, packed.at, x.at, f32.at, ROWS, true);
    run.multiplyInt8(7, ROWS, COLUMNS, x.at, COLUMNS, packedInt8.at, x.at, int8.at, ROWS, true);
    return [f32, int8];
  },
};

const results = (kernels: Kernels, work: Work) => onHeap(kernels, (put) => work(kernels.run, put).map((array) => array.ints()));

describe.each(["relaxed", "simd"] as const)("the %s kernels that share work", async (build) => {
  const alone = await loadKernels({ build, threads: 1 });
  const together = await Promise.all([2, 3].map((threads) => loadKernels({ build, threads })));

  test.each(Object.entries(WORKS))("of which %s gives the same bits on one thread as on several", (_, work) => {
    const expected = results(alone, work);
    for (const kernels of together) for (let i = 0; i < 10; i++) expect(results(kernels, work)).toEqual(expected);
  });

  test.each(["rnnForward", "lstmForward", "gruForward"] as const)("%s takes sequences of any length where its arrays end with the memory", async (name) => {
    const { run, heap } = await loadKernels({ build, threads: 2 });
    // One sequence that outlasts the others: those of the second thread have ended long before.
    const [counts, hidden, batch] = [[8, 8, 8, 8, 1, 1, 1], 128, 8];
    const steps = counts.reduce((a, b) => a + b);
    const filled = (count: number) => {
      const block = heap.alloc(4 * count);
      heap.f32(block, count).fill(0.01);
      return block;
    };
    const lengths = heap.alloc(4 * counts.length);
    heap.i32(lengths, counts.length).set(counts);
    const [gates, weights, h, c, extra, outputs] = [4 * steps, 4 * hidden, batch, batch, steps, steps].map((rows) => filled(rows * hidden)) as Six;
    const previous = heap.memory.buffer.byteLength - 4 * steps * hidden;
    if (name === "rnnForward") run.rnnForward(counts.length, hidden, false, lengths, outputs, weights, h, previous);
    else if (name === "lstmForward") run.lstmForward(counts.length, hidden, lengths, gates, weights, h, c, previous, extra, outputs);
    else run.gruForward(counts.length, hidden, lengths, gates, weights, 0, h, previous, extra, outputs);
    expect(heap.f32(outputs, steps * hidden).every((y) => y > 0 && y < 1)).toBe(true);
  });

  test("are instantiated over a memory in use without writing in it", async () => {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 65_536, shared: true });
    const imports = { env: { memory, abort: () => {} } };
    const module = await WebAssembly.compile(await readWasm(`${build}-threads`));
    const run = new WebAssembly.Instance(module, imports).exports as unknown as KernelFunctions & Sharing & Allocator;
    // Of two threads the second never comes: the first does all of the work, and writes down what it would share.
    run.share(2);
    const kernels: Kernels = { build, threads: 2, heap: createHeap(memory, run), run, dispose() {} };
    for (const work of Object.values(WORKS)) results(kernels, work);
    const block = run.alloc(1 << 20);
    run.gemm(true, false, 61, 63, 600, block, 61, block, 63, block, block + (1 << 19), 63, false);
    run.attentionForward(2, 1, 1, 9, 9, 8, true, 0, 0, 0, block, block, block + (1 << 19), block + (1 << 18));
    const before = Buffer.from(memory.buffer.slice(0));
    new WebAssembly.Instance(module, imports);
    expect(before.equals(Buffer.from(memory.buffer))).toBe(true);
  });
});
