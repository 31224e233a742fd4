import type { LanguageModel, Session } from "@refrain/infer";
import { charTokenizer, wordTokenizer } from "@refrain/data";
import type { Limits } from "./limits.ts";
import { type ServiceOptions, type Service, service } from "./service.ts";
import { setImmediate } from "node:timers/promises";

export const LIMITS: Limits = { bodyBytes: 1000, concurrency: 4, queue: 2, queueMs: 200, tokens: 5000, stallMs: 300 };

/** A model of few characters. */
export function testModel(kind: "char" | "word" = "char"): Promise<LanguageModel & { readonly sessions: number }> {
  const tokenizer = kind === "char" ? charTokenizer([..."\n夢山月花，。"]) : wordTokenizer(["moon", "over", "hills", "."]);
  let sessions = 0;
  const make = (saved?: Float32Array): Session => {
    let state = saved ? (saved[0] as number) : 1;
    let gone = false;
    sessions++;
    return {
      vocabulary: tokenizer.size,
      feed(token) {
        if (gone) throw new Error("disposed");
        state = (state * 31 + token * 7 + 1) % 1009;
        return Float32Array.from({ length: tokenizer.size }, (_, i) => Math.sin(state * (i + 1)) * 3);
      },
      hidden: () => new Float32Array(0),
      save: () => Float32Array.of(state),
      fork: () => make(Float32Array.of(state)),
      dispose() {
        if (!gone) sessions--;
        gone = true;
      },
    };
  };
  return Promise.resolve({
    kind: "char-rnn",
    config: { vocabulary: tokenizer.size },
    tokenizer,
    dispose() {},
    session: make,
    feedEach: (all, tokens) => all.map((session, i) => session.feed(tokens[i] as number)),
    get sessions() {
      return sessions;
    },
  });
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
