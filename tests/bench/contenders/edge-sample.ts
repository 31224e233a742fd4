// The two-layer int8 LSTM of the examples writing text, in workerd or in Node: tokens/s.
import { bundleWorker } from "@refrain-tests/examples/bundle-worker";
import { makeModel } from "@refrain-tests/examples/make-model";
import { openWorker } from "@refrain-tests/examples/open-worker";
import { loadLanguageModel } from "@refrain/infer";
import { fileURLToPath } from "node:url";
import { writeTokens } from "../workers/write-tokens.ts";
import { serve } from "./serve.ts";

/** Tokens of a turn: half a second of them or more. */
const LENGTH = 8000;

await serve<{ readonly runtime: "workerd" | "node" }>(async ({ runtime }) => {
  const write = runtime === "node" ? await inNode() : await inWorkerd();
  return async () => {
    const started = performance.now();
    const written = await write();
    return { value: (1000 * written) / (performance.now() - started) };
  };
});

async function inNode(): Promise<() => Promise<number>> {
  const model = await loadLanguageModel(await makeModel("int8"));
  return () => writeTokens(model, LENGTH);
}

/** By one request, timed from outside as workerd's clocks stand still while it computes. */
async function inWorkerd(): Promise<() => Promise<number>> {
  const entry = fileURLToPath(new URL("../workers/sample.ts", import.meta.url));
  const { url } = await openWorker(await bundleWorker(entry, { "model.safetensors": await makeModel("int8") }));
  return async () => (await (await fetch(`${url}?length=${LENGTH}`)).json()) as number;
}
