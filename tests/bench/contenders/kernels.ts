// Our kernels as they are: a product of two square matrices, or the peak of multiply-adds that the product is measured against.
import { type Build, loadKernels } from "@refrain/kernels";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";

type Task = { readonly build: Build; readonly threads: number } & ({ readonly what: "gemm"; readonly size: number } | { readonly what: "peak" });

/** Rounds of the peak's loop in a call, and what they come to. Short, as the engine compiles a kernel anew once it is called often. */
const ROUNDS = 1000,
  FLOP_PER_ROUND = 192;

await serve<Task>(async (task) => {
  const { heap, run } = await loadKernels({ build: task.build, threads: task.threads });
  if (task.what === "peak") {
    return async () => ({ value: (ROUNDS * FLOP_PER_ROUND) / 1e9 / (await secondsPerCall(() => run.peak(ROUNDS, 0.999, 1e-4))) });
  }
  const { size } = task;
  const matrix = () => {
    const place = heap.alloc(4 * size ** 2);
    heap.f32(place, size ** 2).fill(1 / size);
    return place;
  };
  const [a, b, c] = [matrix(), matrix(), matrix()];
  const multiply = () => run.gemm(false, false, size, size, size, a, size, b, size, 0, c, size, false);
  return async () => ({ value: (2 * size ** 3) / 1e9 / (await secondsPerCall(multiply)) });
});
