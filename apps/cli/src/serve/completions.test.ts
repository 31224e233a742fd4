import { describe, expect, it } from "vitest";
import { eventsOf, LIMITS, STREAM, testService } from "./testing.test-helper.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const post = (body: BodyInit, headers: Record<string, string> = JSON_TYPE): RequestInit => ({ method: "POST", headers, body });

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
      const response = await complete({ ...STREAM, ...(usage && { stream_options: { include_usage: true } }) });
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
