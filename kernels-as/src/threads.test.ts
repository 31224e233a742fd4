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
});

test("a number of threads that makes no sense is refused", async () => {
  await expect(loadKernels({ threads: 0 })).rejects.toThrow(/threads must be/);
  await expect(loadKernels({ threads: 1.5 })).rejects.toThrow(/threads must be/);
});
