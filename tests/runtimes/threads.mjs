// Multiplies, reads sequences and attends on one thread and on two, and prints whether the bits are the same.
import { loadKernels } from "@refrain/kernels";

const numbers = (count, seed) => Float32Array.from({ length: count }, (_, i) => ((Math.imul(i + seed, 0x9e3779b1) >>> 8) / 2 ** 24 - 0.5) * 0.2);

/** The bits of what some kernels compute. */
async function bits(threads) {
  const { heap, run, build, threads: started } = await loadKernels({ threads });
  if (started !== threads) throw new Error(`${started} threads were started in the place of ${threads}`);
  const put = (count, seed) => {
    const at = heap.alloc(4 * count);
    heap.f32(at, count).set(numbers(count, seed));
    return at;
  };
  const [size, time, batch, hidden] = [301, 12, 24, 64];
  const [a, b, c] = [put(size * size, 1), put(size * size, 2), put(size * size, 3)];
  run.gemm(false, true, size, size, size, a, size, b, size, 0, c, size, false);
  const counts = heap.alloc(4 * time);
  heap.i32(counts, time).fill(batch);
  const rows = time * batch;
  const [gates, weights, h, cell, previous, cells, outputs] = [rows * 4, hidden * 4, batch, batch, rows, rows, rows].map((n, i) => put(n * hidden, i));
  run.lstmForward(time, hidden, counts, gates, weights, h, cell, previous, cells, outputs);
  const [features, length] = [32, 50];
  const [query, keyValues, out, logSums] = [4 * length * features, 8 * length * features, 4 * length * features, 4 * length].map((n, i) => put(n, i));
  run.attentionForward(4, 1, 1, length, length, features, true, 0, 0, 0, query, keyValues, out, logSums);
  const read = (at, count) => [...heap.i32(at, count)];
  return { build, bits: [...read(c, size * size), ...read(outputs, rows * hidden), ...read(out, 4 * length * features)].join() };
}

const [alone, together] = [await bits(1), await bits(2)];
console.log(`${alone.build} and ${together.build}: ${alone.bits === together.bits ? "the same bits" : "OTHER BITS"} on one thread and on two`);
process.exit(alone.bits === together.bits ? 0 : 1);
