import { key, mapTree, useBackend } from "@refrain/core";
import { charTokenizer, wordTokenizer } from "@refrain/data";
import { type LanguageModel, loadLanguageModel } from "@refrain/infer";
import { charRnn, saveModel } from "@refrain/models";
import { mul } from "@tensorflow/tfjs-core";
import { setImmediate } from "node:timers/promises";
import type { Limits } from "./limits.ts";
import { type Service, type ServiceOptions, service } from "./service.ts";

export const LIMITS: Limits = { bodyBytes: 1000, concurrency: 4, queue: 2, queueMs: 200, tokens: 5000, stallMs: 300 };

/** A request for a short stream. */
export const STREAM = { prompt: "夢", stream: true, seed: 3 };

/** How much surer of itself than a fresh model it is. */
const SURE = 6;

/** A real model of few characters, or words, which counts its sessions. */
export async function testModel(kind: "char" | "word" = "char"): Promise<LanguageModel & { sessions(): number }> {
  await useBackend("simd");
  const tokenizer = kind === "char" ? charTokenizer([..."\n夢山月花，。"]) : wordTokenizer(["moon", "over", "hills", "."]);
  const model = charRnn({ cell: "gru", vocabulary: tokenizer.size, embedding: 6, hidden: 8, layers: 1 });
  const params = mapTree(model.init(key(1)), (leaf) => mul(leaf, SURE));
  const loaded = await loadLanguageModel(saveModel({ model, params, tokenizer: tokenizer.toJSON() }));
  let sessions = 0;
  return {
    ...loaded,
    sessions: () => sessions,
    session(saved) {
      const session = loaded.session(saved);
      const dispose = session.dispose.bind(session);
      sessions++;
      session.dispose = () => {
        sessions--;
        dispose();
      };
      return session;
    },
  };
}

/** A service of it, and what it answers. */
export async function testService(
  options: Partial<ServiceOptions> = {},
): Promise<Service & { get(path: string, init?: RequestInit): Promise<Response>; complete(body: object, init?: RequestInit): Promise<Response> }> {
  const model = options.model ?? (await testModel());
  const made = service({ model, name: "tiny", limits: LIMITS, pause: setImmediate, ...options });
  const get = (path: string, init?: RequestInit) => made.fetch(new Request(`http://127.0.0.1${path}`, init));
  const complete = (body: object, init?: RequestInit) =>
    get("/v1/completions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ model: "tiny", ...body }), ...init });
  return { ...made, get, complete };
}

/** The events of an answer: [event, data]. */
export async function eventsOf(response: Response): Promise<[string, string][]> {
  return (await response.text())
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => [/^event: (.*)$/m.exec(event)?.[1] ?? "message", /^data: (.*)$/m.exec(event)?.[1] ?? ""]);
}
