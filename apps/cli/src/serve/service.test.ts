import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ServiceEvent } from "./service-event.ts";
import { eventsOf, LIMITS, testModel, testService } from "./testing.test-helper.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const post = (body: BodyInit, headers: Record<string, string> = JSON_TYPE): RequestInit => ({ method: "POST", headers, body });
const stream = { prompt: "夢", stream: true, seed: 3 };

/** What a service says that runs and waits now. */
async function gauges({ get }: Awaited<ReturnType<typeof testService>>): Promise<[number, number]> {
  const text = await (await get("/metrics")).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  return [value("refrain_running"), value("refrain_waiting")];
}

describe("POST /v1/completions", () => {
  it("answers as OpenAI does", async () => {
    const { complete } = await testService();
    const response = await complete({ prompt: "夢山", max_tokens: 7, seed: 1 });
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "application/json"]);
    const body = await response.json();
    expect(body).toEqual({
      id: expect.stringMatching(/^cmpl-[0-9a-f-]{36}$/),
      object: "text_completion",
      created: expect.any(Number),
      model: "tiny",
      choices: [{ index: 0, text: expect.any(String), logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 2, completion_tokens: 7, total_tokens: 9 },
    });
    expect([...body.choices[0].text].length).toBe(7);
    expect(Math.abs(body.created - Date.now() / 1000)).toBeLessThan(60);
  });

  it("streams the same text in OpenAI's chunks, its usage where asked for", async () => {
    const { complete } = await testService();
    const whole = await (await complete({ prompt: "夢", seed: 3 })).json();
    for (const usage of [true, false]) {
      const response = await complete({ ...stream, ...(usage && { stream_options: { include_usage: true } }) });
      expect(response.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
      const events = (await eventsOf(response)).map(([, data]) => data);
      expect(events.pop()).toBe("[DONE]");
      const chunks = events.map((data) => JSON.parse(data));
      for (const chunk of chunks) expect(chunk).toMatchObject({ id: chunks[0].id, object: "text_completion", created: expect.any(Number), model: "tiny" });
      if (usage) expect(chunks.pop()).toMatchObject({ choices: [], usage: whole.usage });
      expect(chunks.every((chunk) => "usage" in chunk === usage)).toBe(true);
      expect(chunks.map(({ choices }) => choices[0].text).join("")).toBe(whole.choices[0].text);
      expect(chunks.map(({ choices }) => choices[0].finish_reason)).toEqual([...chunks.slice(1).map(() => null), "length"]);
    }
  });

  it("writes the same for the same seed, whoever writes beside it, and another text for another", async () => {
    const { complete } = await testService({ limits: { ...LIMITS, concurrency: 20 } });
    const text = async (seed: number | undefined) => (await (await complete({ prompt: "夢", seed, max_tokens: 60 })).json()).choices[0].text;
    const alone = [await text(1), await text(2)];
    const together = await Promise.all([1, 2, 1, 2, 1, 2, 1, 2, 3, 4].map(text));
    expect(together.slice(0, 8)).toEqual([1, 2, 3, 4].flatMap(() => alone));
    expect(new Set(together).size).toBe(4);
    expect(await text(undefined)).not.toBe(await text(undefined));
  });

  it.each([
    [{ temperature: 0 }, { temperature: 0, seed: 99 }],
    [{ top_k: 1 }, { temperature: 0 }],
    [{ min_p: 1 }, { temperature: 0 }],
    [{ top_p: 1e-9 }, { temperature: 0 }],
    [{ frequency_penalty: 0, presence_penalty: null, repetition_penalty: 1 }, {}],
    [{ n: 1, best_of: 1, echo: false, logprobs: null, suffix: null, logit_bias: null, stop: null, stream: null }, {}],
  ])("%j writes what %j does", async (some, others) => {
    const { complete } = await testService();
    const [a, b] = await Promise.all([some, others].map(async (more) => (await (await complete({ prompt: "夢", seed: 5, ...more })).json()).choices[0].text));
    expect(a).toBe(b);
  });

  it.each([{ temperature: 0.2 }, { top_k: 2 }, { min_p: 0.6 }, { top_p: 0.3 }, { frequency_penalty: 2 }, { presence_penalty: 2 }, { repetition_penalty: 4 }])(
    "%j changes what is written",
    async (more) => {
      const { complete } = await testService();
      const [a, b] = await Promise.all(
        [{}, more].map(async (some) => (await (await complete({ prompt: "夢", seed: 5, max_tokens: 99, ...some })).json()).choices[0].text),
      );
      expect(a).not.toBe(b);
    },
  );

  it("ends before a string to stop at", async () => {
    const { complete } = await testService();
    const ask = async (more: object) => (await (await complete({ prompt: "夢", seed: 5, max_tokens: 50, ...more })).json()).choices[0];
    const { text } = await ask({});
    const stop = text.slice(20, 22);
    for (const given of [stop, ["不", stop]])
      expect(await ask({ stop: given })).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finish_reason: "stop" });
  });

  it.each([
    [{ prompt: undefined }, "prompt", "prompt is missing."],
    [{ prompt: [1, 2] }, "prompt", "prompt must be one string, as lists and tokens are not supported, but is Array."],
    [{ prompt: "夢xy" }, "prompt", "prompt must be of what the model saw in its corpus, but that had no 「x」「y」. Leave that out."],
    [{ model: 3 }, "model", "model must be the name of a model, as GET /v1/models gives it, but is 3."],
    [{ max_tokens: 0 }, "max_tokens", "max_tokens must be a whole number from 1 to 5000, but is 0."],
    [{ max_tokens: 5001 }, "max_tokens", "max_tokens must be a whole number from 1 to 5000, but is 5001."],
    [{ max_tokens: 1.5 }, "max_tokens", "max_tokens must be a whole number from 1 to 5000, but is 1.5."],
    [{ temperature: "1" }, "temperature", 'temperature must be a number from 0 to 2, but is "1".'],
    [{ top_p: 0 }, "top_p", "top_p must be a number over 0 and at most 1, but is 0."],
    [{ top_k: 0 }, "top_k", "top_k must be a whole number from 1 to 2147483648, but is 0."],
    [{ min_p: 2 }, "min_p", "min_p must be a number from 0 to 1, but is 2."],
    [{ presence_penalty: 3 }, "presence_penalty", "presence_penalty must be a number from -2 to 2, but is 3."],
    [{ frequency_penalty: -3 }, "frequency_penalty", "frequency_penalty must be a number from -2 to 2, but is -3."],
    [{ repetition_penalty: 0 }, "repetition_penalty", "repetition_penalty must be a number over 0 and at most 10, but is 0."],
    [{ seed: 2 ** 32 }, "seed", "seed must be a whole number from -2147483648 to 4294967295, but is 4294967296."],
    [{ stop: "" }, "stop", 'stop must be a string, or up to 4 of them, none of them empty, but is "".'],
    [{ stop: ["a", "b", "c", "d", "e"] }, "stop", "stop must be a string, or up to 4 of them, none of them empty, but is Array."],
    [{ n: 2 }, "n", "n must be 1, as nothing else is supported, but is 2."],
    [{ best_of: 3 }, "best_of", "best_of must be 1, as nothing else is supported, but is 3."],
    [{ echo: true }, "echo", "echo must be false, as nothing else is supported, but is true."],
    [{ logprobs: 5 }, "logprobs", "logprobs must be null, as nothing else is supported, but is 5."],
    [{ logit_bias: {} }, "logit_bias", "logit_bias must be null, as nothing else is supported, but is Object."],
    [{ stream: "yes" }, "stream", 'stream must be true or false, but is "yes".'],
    [{ stream_options: { include_usage: true } }, "stream_options", "stream_options has no meaning without stream: true. Leave it out."],
    [{ stream: true, stream_options: { other: 1 } }, "stream_options.other", "stream_options.other is not supported. Leave it out."],
    [{ temprature: 1 }, "temprature", "temprature is not supported. Leave it out."],
  ])("refuses %j with 400", async (more, param, message) => {
    const { complete } = await testService();
    const response = await complete({ prompt: "夢", ...more });
    expect(await response.json()).toMatchObject({ error: { message, param, type: "invalid_request_error" } });
    expect(response.status).toBe(400);
  });

  it.each([
    ["no JSON", post('{ "model": '), 400, /^The body must be JSON, but is not: .+\.$/],
    ["no object", post("[]"), 400, /^model is missing\.$|must be an object/],
    ["no UTF-8", post(Uint8Array.of(0x22, 0xff, 0x22)), 400, /must be UTF-8/],
    ["nothing", { method: "POST", headers: JSON_TYPE }, 400, /must be JSON/],
    ["of another type", post("{}", { "Content-Type": "text/plain" }), 415, /instead of "text\/plain"\.$/],
    ["of no type", { method: "POST", body: new Uint8Array(2) }, 415, /instead of none\.$/],
    ["too large", post(JSON.stringify({ model: "tiny", prompt: "夢".repeat(400) })), 413, /at most 1000 bytes/],
    ["said to be too large", post("{}", { ...JSON_TYPE, "Content-Length": "1001" }), 413, /at most 1000 bytes/],
  ])("refuses a body that is %s", async (_, init, status, message) => {
    const { get } = await testService();
    const response = await get("/v1/completions", init);
    expect((await response.json()).error.message).toMatch(message);
    expect(response.status).toBe(status);
  });

  it("reads no more of an endless body than it may be long", async () => {
    const { get } = await testService();
    let sent = 0;
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100).fill(32, 0, ++sent && 100)) }, { highWaterMark: 0 });
    const response = await get("/v1/completions", { ...post(body), duplex: "half" } as RequestInit);
    expect([response.status, sent]).toEqual([413, 11]);
  });

  it("refuses the name of another model with 404", async () => {
    const { complete } = await testService();
    const response = await complete({ model: "gpt-4", prompt: "夢" });
    expect(response.status).toBe(404);
    expect((await response.json()).error).toEqual({
      message: 'The model "gpt-4" does not exist. This server has "tiny".',
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    });
  });
});

describe("GET /lyrics", () => {
  it("streams JSON strings, and tells the seed at the end, which writes the same again", async () => {
    const { get } = await testService();
    const events = await eventsOf(await get("/lyrics?prompt=夢&length=30&temperature=1.5"));
    const [name, data] = events.pop() as [string, string];
    const { finish_reason, seed } = JSON.parse(data);
    expect([name, finish_reason]).toEqual(["done", "length"]);
    expect(events.map(([event, text]) => [event, [...JSON.parse(text)].length])).toEqual(Array.from({ length: 30 }, () => ["message", 1]));
    expect(await eventsOf(await get(`/lyrics?prompt=夢&length=30&temperature=1.5&seed=${seed}`))).toEqual([...events, [name, data]]);
  });

  it("begins at a line's beginning without a prompt, and says where it cannot", async () => {
    const chars = await testService();
    expect((await eventsOf(await chars.get("/lyrics"))).length).toBe(201);
    const words = await testService({ model: await testModel("word") });
    expect((await words.get("/lyrics?prompt=moon")).status).toBe(200);
    expect((await (await words.get("/lyrics")).json()).error.message).toMatch(/prompt must not be empty/);
  });

  it.each([
    ["length=0", "length must be a whole number from 1 to 5000, but is 0."],
    ["length=many", 'length must be a number, but is "many".'],
    ["length=", 'length must be a number, but is "".'],
    ["temperature=3", "temperature must be a number from 0 to 2, but is 3."],
    ["seed=-1e9", 'seed must be a number, but is "-1e9".'],
    ["top_p=1", "top_p is not supported. Leave it out."],
    ["seed=1&seed=2", "seed must come once, but comes 2 times."],
  ])("refuses %s", async (query, message) => {
    const { get } = await testService();
    const response = await get(`/lyrics?${query}`);
    expect([response.status, (await response.json()).error.message]).toEqual([400, message]);
  });
});

describe("a service", () => {
  it("tells its model, its health, and what it did", async () => {
    const serving = await testService();
    const { get, complete } = serving;
    expect(await (await get("/v1/models")).json()).toEqual({
      object: "list",
      data: [{ id: "tiny", object: "model", created: expect.any(Number), owned_by: "refrain" }],
    });
    expect([(await get("/health")).status, (await get("/health", { method: "HEAD" })).status]).toEqual([200, 200]);
    await complete({ prompt: "夢山", max_tokens: 9 });
    await get("/nowhere");
    serving.count(408);
    const response = await get("/metrics");
    expect(response.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    for (const line of [
      'refrain_requests_total{path="/v1/completions",status="200"} 1',
      'refrain_requests_total{path="other",status="404"} 1',
      'refrain_requests_total{path="other",status="408"} 1',
      'refrain_tokens_total{kind="read"} 2',
      'refrain_tokens_total{kind="written"} 9',
      "refrain_running 0",
      "refrain_waiting 0",
      "refrain_first_token_seconds_count 1",
      'refrain_text_seconds_bucket{le="60"} 1',
      'refrain_text_seconds_bucket{le="+Inf"} 1',
    ])
      expect(text.split("\n")).toContain(line);
    for (const line of text.trimEnd().split("\n"))
      expect(line).toMatch(/^(# (HELP|TYPE) refrain_\w+ .+|refrain_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/);
  });

  it.each([
    ["/", "GET", 404, null],
    ["/v1", "GET", 404, null],
    ["/v1/models/../../etc/passwd", "GET", 404, null],
    ["/health/", "GET", 404, null],
    ["/lyrics", "POST", 405, "GET"],
    ["/lyrics", "HEAD", 405, "GET"],
    ["/v1/completions", "GET", 405, "POST"],
    ["/v1/models", "DELETE", 405, "GET, HEAD"],
    ["/health", "POST", 405, "GET, HEAD"],
    ["/lyrics", "OPTIONS", 405, "GET"],
  ])("answers %s by %s with %d", async (path, method, status, allow) => {
    const serving = await testService();
    const response = await serving.get(path, { method });
    expect([response.status, response.headers.get("Allow")]).toEqual([status, allow]);
    expect(await gauges(serving)).toEqual([0, 0]);
  });

  it.each([
    ["no token", {}, 401],
    ["another token", { Authorization: "Bearer secret2" }, 401],
    ["part of it", { Authorization: "Bearer secre" }, 401],
    ["it in another scheme", { Authorization: "Basic secret" }, 401],
    ["it", { Authorization: "Bearer secret" }, 200],
  ])("with a token, shown %s, answers %j with %d", async (_, headers, status) => {
    const { get } = await testService({ token: "secret" });
    for (const path of ["/v1/models", "/metrics", "/lyrics"]) {
      const response = await get(path, { headers });
      expect([response.status, response.headers.get("WWW-Authenticate")]).toEqual([status, status === 401 ? "Bearer" : null]);
      await response.text();
    }
    expect((await get("/nowhere", { headers })).status).toBe(status === 401 ? 401 : 404);
    expect((await get("/health", { headers })).status).toBe(200);
  });

  it("lets pages of the one origin ask, and none where that was not said", async () => {
    const asks = {
      headers: { Origin: "https://songs.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type" },
    };
    const { get } = await testService({ cors: "https://songs.example", token: "secret" });
    const before = await get("/v1/completions", { ...asks, method: "OPTIONS" });
    expect([before.status, before.headers.get("Access-Control-Allow-Origin")]).toEqual([204, "https://songs.example"]);
    expect(before.headers.get("Access-Control-Allow-Headers")).toMatch(/authorization/i);
    for (const headers of [{}, { Authorization: "Bearer secret" }] as Record<string, string>[]) {
      const response = await get("/nowhere", { headers: { ...asks.headers, ...headers } });
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe("https://songs.example");
    }
    const without = await testService();
    expect((await without.get("/v1/models", asks)).headers.get("Access-Control-Allow-Origin")).toBeNull();
    expect((await without.get("/v1/models", { ...asks, method: "OPTIONS" })).status).toBe(405);
  });

  it("has so many written at once, so many wait, and refuses more; who goes away frees its place", async () => {
    const model = await testModel();
    const serving = await testService({ model, limits: { ...LIMITS, queueMs: 5000 } });
    const { complete } = serving;
    const long = { ...stream, max_tokens: 5000 };
    const running = await Promise.all([1, 2, 3, 4].map(() => complete(long)));
    const [gone, kept] = [new AbortController(), new AbortController()];
    const waiting = [gone, kept].map(({ signal }) => complete(long, { signal }));
    await setTimeout();
    expect(await gauges(serving)).toEqual([4, 2]);
    const refused = await complete(long);
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "5"]);
    gone.abort();
    expect((await (waiting[0] as Promise<Response>)).status).toBe(499);
    await running[0]?.body?.cancel();
    const admitted = await (waiting[1] as Promise<Response>);
    expect(admitted.status).toBe(200);
    expect(await gauges(serving)).toEqual([4, 0]);
    expect(model.sessions()).toBe(4);
    for (const response of [...running.slice(1), admitted]) await response.body?.cancel();
    expect(await gauges(serving)).toEqual([0, 0]);
    expect(model.sessions()).toBe(0);
  });

  it("frees the place of a whole answer whose client goes away", async () => {
    const serving = await testService();
    const gone = new AbortController();
    const answer = serving.complete({ prompt: "夢", max_tokens: 5000 }, { signal: gone.signal });
    while ((await gauges(serving))[0] === 0) await setTimeout();
    gone.abort();
    expect((await answer).status).toBe(499);
    expect(await gauges(serving)).toEqual([0, 0]);
  });

  it("refuses who waited too long with 503", async () => {
    const serving = await testService({ limits: { ...LIMITS, concurrency: 1, queueMs: 30 } });
    const first = await serving.complete(stream);
    const late = await serving.complete(stream);
    expect([late.status, (await late.json()).error.code, late.headers.get("Retry-After")]).toEqual([503, "queue_timeout", "1"]);
    expect((await eventsOf(first)).at(-1)).toEqual(["message", "[DONE]"]);
  });

  it("stops: refuses what is new, lets texts end, and ends those that take longer than the grace", async () => {
    const events: ServiceEvent[] = [];
    const serving = await testService({ onEvent: (event) => events.push(event) });
    const { get, complete } = serving;
    const [short, long, unread] = [await complete(stream), await complete({ ...stream, max_tokens: 5000 }), await get("/lyrics?length=5000")];
    const reader = (long.body as ReadableStream<Uint8Array>).getReader();
    const stopped = serving.stop(50);
    for (const path of ["/health", "/v1/models", "/lyrics"]) expect((await get(path)).status).toBe(503);
    expect((await get("/lyrics")).headers.get("Connection")).toBe("close");
    expect((await get("/metrics")).status).toBe(200);
    expect((await eventsOf(short)).at(-1)).toEqual(["message", "[DONE]"]);
    await stopped;
    expect(await gauges(serving)).toEqual([0, 0]);
    let text = "";
    for (let step = await reader.read(); !step.done; step = await reader.read()) text += new TextDecoder().decode(step.value);
    expect(JSON.parse((text.trimEnd().split("\n\n").at(-1) as string).slice("data: ".length))).toMatchObject({ error: { code: "stopping" } });
    expect((await eventsOf(unread)).at(-1)?.[0]).toBe("error");
    expect(events.filter(({ event }) => event === "text").length).toBe(3);
    expect(events.filter(({ event }) => event === "failure")).toEqual([]);
  });

  it("tells its operator of a failure, and the client no more than that there was one", async () => {
    const model = await testModel();
    const broken = {
      ...model,
      feedEach() {
        throw new Error("the kernels are on fire");
      },
    };
    const events: ServiceEvent[] = [];
    const serving = await testService({ model: broken, onEvent: (event) => events.push(event) });
    const response = await serving.complete(stream);
    expect([response.status, (await response.json()).error]).toEqual([
      500,
      expect.objectContaining({ type: "server_error", message: expect.not.stringContaining("fire") }),
    ]);
    expect(events.filter(({ event }) => event === "failure")).toMatchObject([{ error: { message: "the kernels are on fire" } }]);
    expect(await gauges(serving)).toEqual([0, 0]);
  });
});
