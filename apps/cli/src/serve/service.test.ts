import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ServiceEvent } from "./service-event.ts";
import { eventsOf, LIMITS, STREAM, testModel, testService } from "./testing.test-helper.ts";

/** What a service says that runs and waits now. */
async function gauges({ get }: Awaited<ReturnType<typeof testService>>): Promise<[number, number]> {
  const text = await (await get("/metrics")).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  return [value("refrain_running"), value("refrain_waiting")];
}

describe("a service", () => {
  it("tells its model, its health, and what it did", async () => {
    const serving = await testService({ memory: () => ({ resident: 2000, used: 1000 }) });
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
      "refrain_resident_memory_bytes 2000",
      "refrain_used_memory_bytes 1000",
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
    const long = { ...STREAM, max_tokens: 5000 };
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
    const first = await serving.complete(STREAM);
    const late = await serving.complete(STREAM);
    expect([late.status, (await late.json()).error.code, late.headers.get("Retry-After")]).toEqual([503, "queue_timeout", "1"]);
    expect((await eventsOf(first)).at(-1)).toEqual(["message", "[DONE]"]);
  });

  it("stops: refuses what is new, lets texts end, and ends those that take longer than the grace", async () => {
    const events: ServiceEvent[] = [];
    const serving = await testService({ onEvent: (event) => events.push(event) });
    const { get, complete } = serving;
    const [short, long, unread] = [await complete(STREAM), await complete({ ...STREAM, max_tokens: 5000 }), await get("/lyrics?length=5000")];
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
    const response = await serving.complete(STREAM);
    expect([response.status, (await response.json()).error]).toEqual([
      500,
      expect.objectContaining({ type: "server_error", message: expect.not.stringContaining("fire") }),
    ]);
    expect(events.filter(({ event }) => event === "failure")).toMatchObject([{ error: { message: "the kernels are on fire" } }]);
    expect(await gauges(serving)).toEqual([0, 0]);
  });
});
