import { type LanguageModel, loadLanguageModel } from "@refrain/infer";
import { basename, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { command } from "../command.ts";
import { readModelBytes } from "../files.ts";
import { watchInterrupt } from "../run/interrupt.ts";
import { listen } from "../serve/listen.ts";
import { originOf } from "../serve/origin-of.ts";
import { serveOptions } from "../serve/serve-options.ts";
import { service } from "../serve/service.ts";
import type { ServiceEvent } from "../serve/service-event.ts";
import { tokenOf } from "../serve/token-of.ts";
import { whenAborted } from "../serve/when-aborted.ts";
import { teller } from "../study/teller.ts";
import { UserError } from "../user-error.ts";

export const serveCommand: ReturnType<typeof command> = command({
  name: "serve",
  description: "Let others have a model write over HTTP: an interface like OpenAI's, and a stream of lyrics",
  positionals: [{ name: "MODEL", description: "a model file, or the out folder of refrain train", required: true }],
  options: serveOptions,
  examples: [
    ["refrain serve runs/default-lstm", "on http://127.0.0.1:8080, for this machine alone"],
    [
      "curl -NG http://127.0.0.1:8080/lyrics --data-urlencode prompt=夢 -d length=100 -d seed=7",
      "a hundred characters that begin with 夢, as they are written",
    ],
    [
      `curl http://127.0.0.1:8080/v1/completions -H 'Content-Type: application/json' -d '{ "model": "default-lstm", "prompt": "夢", "max_tokens": 50 }'`,
      "the same through OpenAI's interface; add stream: true, and its clients read along",
    ],
    ["REFRAIN_TOKEN=secret refrain serve model.safetensors --host 0.0.0.0 --port 80", "for other machines, which must send Authorization: Bearer secret"],
    ["refrain serve model.safetensors --concurrency 16 --queue 32 --log", "fewer at once, and a line for each answer"],
  ],
  async run({ values, positionals }) {
    const path = positionals[0] as string;
    const token = tokenOf(values);
    const cors = originOf(values);
    const interrupt = watchInterrupt();
    const tell = teller(values.json);

    const bytes = await readModelBytes(path);
    tell("loading", { model: path, bytes: bytes.length }, `loading ${path}, ${bytes.length.toLocaleString("en")} bytes`);
    const model = await load(bytes, path, values.weights);
    const name = values.name ?? basename(resolve(path)).replace(/\.safetensors$/, "");
    const limits = {
      bodyBytes: values["max-body"],
      concurrency: values.concurrency,
      queue: values.queue,
      queueMs: values["queue-seconds"] * 1000,
      tokens: values["max-tokens"],
      stallMs: values["stall-seconds"] * 1000,
    };
    const memory = () => {
      const { rss: resident, heapUsed, external } = process.memoryUsage();
      return { resident, used: heapUsed + external };
    };
    const served = service({ model, name, limits, token, cors, pause: setImmediate, memory, onEvent: (event) => log(event, values) });
    const { url, close } = await listen(served, { ...values, ...limits, requestMs: values["request-seconds"] * 1000 });
    const { vocabulary } = model.config;
    tell(
      "listening",
      { url, name, kind: model.kind, vocabulary },
      `${name}, a ${model.kind} of ${vocabulary.toLocaleString("en")} tokens, is served on ${url}`,
    );

    await new Promise<void>((done) => whenAborted(interrupt.signal, done));
    tell("stopping", { grace: values.grace }, `stopping: texts that are being written have ${values.grace} s; Ctrl-C again ends at once`);
    await served.stop(values.grace * 1000);
    await close();
    model.dispose();
    interrupt.unwatch();
    tell("stopped", {}, "stopped");
  },
});

async function load(bytes: Uint8Array, path: string, weights: "f32" | "int8" | undefined): Promise<LanguageModel> {
  try {
    return await loadLanguageModel(bytes, weights === undefined ? {} : { weights });
  } catch (cause) {
    throw new UserError(`${path} cannot be served: ${(cause as Error).message}`, 1, { cause });
  }
}

/** Tells what happened, where that was asked for; of a failure in any case. */
function log(event: ServiceEvent, { log: wanted, json }: { readonly log: boolean; readonly json: boolean }): void {
  if (event.event === "failure") process.stderr.write(`refrain: a request failed: ${event.error.message}\n`);
  else if (wanted && json) console.log(JSON.stringify({ ...event, time: new Date() }));
  else if (wanted) {
    const time = `${new Date().toISOString()}  ${event.seconds.toFixed(3)} s`;
    const what = event.event === "request" ? `${event.method} ${event.path} ${event.status}` : `text of ${event.written} tokens after ${event.read}`;
    process.stderr.write(`${time}  ${what}\n`);
  }
}
