// jax-js on its WebAssembly backend: the product of two square matrices.
import { importPeer } from "../peers.ts";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";

/** What is used of jax-js. Its arrays count references: `ref` is one more, and what takes an array uses one up. */
type JaxArray = { readonly ref: JaxArray; blockUntilReady(): Promise<unknown>; dispose(): void };
type Jax = {
  init(): Promise<readonly string[]>;
  defaultDevice(device: string): void;
  readonly numpy: { full(shape: readonly number[], value: number): JaxArray; matmul(a: JaxArray, b: JaxArray): JaxArray };
};

await serve<{ readonly size: number }>(async ({ size }) => {
  const { init, defaultDevice, numpy } = (await importPeer("jax-js")) as Jax;
  await init();
  defaultDevice("wasm");
  const [a, b] = [numpy.full([size, size], 1 / size), numpy.full([size, size], 1 / size)];
  const multiply = async () => {
    const product = numpy.matmul(a.ref, b.ref);
    await product.blockUntilReady();
    product.dispose();
  };
  return async () => ({ value: (2 * size ** 3) / 1e9 / (await secondsPerCall(multiply)) });
});
