// The example's Worker, from the start of its module to its first token, in a fresh workerd each turn: ms.
//
// workerd's clocks stand still while it computes, so that the time is taken from outside. An entry that is there already imports the Worker when it is
// first asked for it, which compiles its code and runs it from the top; the answer's first event ends it. The same is done with a Worker that has
// the same modules and answers at once; the difference is what starting takes, without the connection and workerd's own part.
import { bundleWorker } from "@refrain-tests/examples/bundle-worker";
import { makeModel } from "@refrain-tests/examples/make-model";
import { openWorker } from "@refrain-tests/examples/open-worker";
import { fileURLToPath } from "node:url";
import { serve } from "./serve.ts";

const ENTRY = `export default {
  async fetch(request) {
    if (new URL(request.url).pathname === "/wait") return new Response();
    const { default: worker } = await import("./worker.js");
    return worker.fetch(request);
  },
};`;

/** Requests that warm the connection up. */
const WARM_UP = 20;

await serve(async () => {
  const weights = { "model.safetensors": await makeModel("int8") };
  const bundle = (path: string) => bundleWorker(fileURLToPath(new URL(path, import.meta.url)), weights);
  const [worker, idle] = await Promise.all([bundle("../../../examples/worker/src/worker.ts"), bundle("../workers/idle.ts")]);

  async function milliseconds(bundled: typeof worker): Promise<number> {
    const { url, close } = await openWorker(bundled, ENTRY);
    try {
      for (let i = 0; i < WARM_UP; i++) await (await fetch(`${url}wait`)).text();
      const started = performance.now();
      const response = await fetch(`${url}?length=1&seed=1`);
      const { value } = (await response.body?.getReader().read()) ?? {};
      const passed = performance.now() - started;
      if (!response.ok || !value) throw new Error(`the Worker answered ${response.status}`);
      return passed;
    } finally {
      await close();
    }
  }

  return async () => {
    const [idly, whole] = [await milliseconds(idle), await milliseconds(worker)];
    return { value: whole - idly, whole };
  };
});
