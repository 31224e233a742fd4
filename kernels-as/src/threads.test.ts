import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { empty, numbers, onHeap } from "./kernels.test.helper.ts";
import type { Build, Kernels } from "./kernels.ts";
import { loadKernels } from "./load-kernels.ts";

const BUILDS = ["relaxed", "simd"] as const;
const loaded = async (build: Build, threads: number): Promise<Kernels> => await loadKernels({ build, threads });

type Product = { rows: number; columns: number; depth: number; transposedA: boolean; transposedB: boolean; accumulate: boolean; bias: boolean };

const products: fc.Arbitrary<Product> = fc.record({
  rows: fc.integer({ min: 1, max: 200 }),
  columns: fc.integer({ min: 1, max: 200 }),
  depth: fc.integer({ min: 0, max: 700 }),
  transposedA: fc.boolean(),
  transposedB: fc.boolean(),
  accumulate: fc.boolean(),
  bias: fc.boolean(),
});

function multiply(kernels: Kernels, { rows, columns, depth, transposedA, transposedB, accumulate, bias }: Product): Float32Array {
  return onHeap(kernels, (put) => {
    const a = put(numbers(1, rows * depth)),
      b = put(numbers(2, depth * columns)),
      added = put(numbers(3, columns)),
      c = put(numbers(4, rows * columns));
    const [lda, ldb] = [transposedA ? rows : depth, transposedB ? depth : columns];
    kernels.run.gemm(transposedA, transposedB, rows, columns, depth, a.at, lda, b.at, ldb, bias ? added.at : 0, c.at, columns, accumulate);
    return c.floats();
  });
}

/** Attention forward and backward: output and both gradients. */
function attend(kernels: Kernels, batch: number, heads: number, time: number, size: number): Float32Array[] {
  const features = heads * size;
  return onHeap(kernels, (put) => {
    const query = put(numbers(1, batch * time * features)),
      keyValues = put(numbers(2, 2 * batch * time * features)),
      dOut = put(numbers(3, batch * time * features));
    const [out, logSums, dQuery, dKeyValues] = [batch * time * features, batch * heads * time, batch * time * features, 2 * batch * time * features].map(
      (count) => put(empty(count)),
    ) as [ReturnType<typeof put>, ReturnType<typeof put>, ReturnType<typeof put>, ReturnType<typeof put>];
    const call = [batch, heads, heads, time, time, size, true, 0, 0, 0, query.at, keyValues.at] as const;
    kernels.run.attentionForward(...call, out.at, logSums.at);
    kernels.run.attentionBackward(...call, logSums.at, dOut.at, dQuery.at, dKeyValues.at);
    return [out.floats(), dQuery.floats(), dKeyValues.floats()];
  });
}

describe.each(BUILDS)("the %s kernels with threads", async (build) => {
  const alone = await loaded(build, 1);
  const together = await Promise.all([2, 3].map((threads) => loaded(build, threads)));

  test("say how many threads they have", () => {
    expect([alone, ...together].map(({ threads }) => threads)).toEqual([1, 2, 3]);
  });

  test("give the same bits of any matrix product, however many there are", () => {
    fc.assert(
      fc.property(products, (product) => {
        const expected = multiply(alone, product);
        for (const kernels of together) expect(multiply(kernels, product)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test("give the same bits of a product large enough for all", () => {
    const product = { rows: 301, columns: 517, depth: 600, transposedA: false, transposedB: true, accumulate: false, bias: true };
    const expected = multiply(alone, product);
    for (const kernels of together) for (let i = 0; i < 20; i++) expect(multiply(kernels, product)).toEqual(expected);
  });

  test("give the same bits of attention and its gradients", () => {
    const expected = attend(alone, 5, 3, 70, 12);
    for (const kernels of together) for (let i = 0; i < 20; i++) expect(attend(kernels, 5, 3, 70, 12)).toEqual(expected);
  });

  test("give the same bits of thousands of small products, while the memory grows and threads fall asleep and wake", { timeout: 60_000 }, async () => {
    const kernels = await loaded(build, 4);
    const shapes = [[120, 64, 100] as const, [60, 200, 100] as const, [90, 16, 1024] as const, [77, 55, 333] as const];
    const both = [alone, kernels].map(({ heap, run }) =>
      shapes.map(([rows, columns, depth]) => {
        const [a, b, c] = [rows * depth, depth * columns, rows * columns].map((count) => heap.alloc(4 * count)) as [number, number, number];
        heap.f32(a, rows * depth).set(numbers(1, rows * depth));
        heap.f32(b, depth * columns).set(numbers(2, depth * columns));
        return () => {
          run.gemm(false, false, rows, columns, depth, a, depth, b, columns, 0, c, columns, false);
          return Buffer.from(heap.memory.buffer, c, 4 * rows * columns);
        };
      }),
    );
    let wrong = 0;
    for (let i = 0; i < 10_000; i++) {
      const [expected, got] = both.map((products) => products[i % 4]?.() as Buffer) as [Buffer, Buffer];
      if (!got.equals(expected)) wrong++;
      got.fill(0xff);
      if (i % 500 === 0) kernels.heap.alloc(1 << 20);
      if (i % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(wrong).toBe(0);
  });
});

/** Runs a module of source text in a process of its own, `work` being a product large enough for all threads and `c` what it writes. */
function runAlone(body: string): { readonly status: number | null; readonly output: string } {
  const source = `
    import { loadKernels } from ${JSON.stringify(new URL("load-kernels.ts", import.meta.url))};
    const { heap, run } = await loadKernels({ threads: 4 });
    const [a, b, c] = [1, 2, 3].map(() => heap.alloc(4 * 300 * 300));
    heap.f32(a, 90000).fill(1);
    heap.f32(b, 90000).fill(1);
    const work = (to) => run.gemm(false, false, 300, 300, 300, a, 300, b, 300, 0, to, 300, false);
    ${body}`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", source], { timeout: 20_000, encoding: "utf8" });
  return { status, output: stdout.trim() };
}

describe("a process with more threads than cores", { timeout: 60_000 }, () => {
  test("ends by itself, once it has nothing more to do", () => {
    expect(runAlone("for (let i = 0; i < 30; i++) work(c); console.log(heap.f32(c, 1)[0]);")).toEqual({ status: 0, output: "300" });
  });

  test("ends at once where it is told to", () => {
    expect(runAlone("work(c); process.exit(3);")).toEqual({ status: 3, output: "" });
  });

  test("is told that a thread has died at its work, rather than wait for it for ever", () => {
    // The caller finds the memory's end as the threads do: until one of these has, and died.
    const { status, output } = runAlone(`
      const attempt = (to) => { try { work(to); return "done"; } catch (error) { return error.message; } };
      for (let i = 0; i < 100 && !attempt(heap.memory.buffer.byteLength - 16).startsWith("a kernel stopped"); i++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      console.log(attempt(c));`);
    expect(output).toMatch(/^a kernel stopped: .* a thread has died/);
    expect(status).toBe(0);
  });
});

test("a number of threads that makes no sense is refused", async () => {
  await expect(loadKernels({ threads: 0 })).rejects.toThrow(/threads must be/);
  await expect(loadKernels({ threads: 1.5 })).rejects.toThrow(/threads must be/);
});
