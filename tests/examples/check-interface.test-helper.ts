import { expect, it } from "vitest";
import { eventsOf } from "./events-of.ts";
import { writtenText } from "./written-text.ts";

const textOf = (body: string) =>
  eventsOf(body)
    .filter(({ event }) => event === "message")
    .map(({ data }) => data)
    .join("");

/** The tests of the HTTP interface that the examples share. @param url where it is answered, once it is */
export function checkInterface(url: () => string, file: () => Uint8Array<ArrayBuffer>): void {
  const ask = (query: string, init?: RequestInit) => fetch(`${url()}${query}`, init);

  it("streams an event for each token, and tells at the end that it is one", async () => {
    const response = await ask(`?prompt=${encodeURIComponent("夢")}&length=30&temperature=0.9&seed=7`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const body = await response.text();
    expect(eventsOf(body).map(({ event }) => event)).toEqual([...Array(30).fill("message"), "done"]);
    expect(eventsOf(body).at(-1)?.data).toEqual({ finish_reason: "length", seed: 7 });
    expect(textOf(body)).toBe(await writtenText(file(), { prompt: "夢", length: 30, temperature: 0.9, seed: 7 }));
  });

  it("writes 200 tokens at 0.8 by itself, of a seed that it tells, under either path", async () => {
    const body = await (await ask("")).text();
    const [seed] = /(?<="seed":)\d+/.exec(body) ?? [];
    expect(eventsOf(body)).toHaveLength(201);
    expect(await (await ask(`lyrics?seed=${seed}`)).text()).toBe(body);
    expect(textOf(body)).toBe(await writtenText(file(), { length: 200, seed: Number(seed) }));
  });

  it("writes another text from another seed, and the likeliest from any at 0", async () => {
    const [a, b, c, d] = await Promise.all(
      ["seed=1", "seed=2", "seed=1&temperature=0", "seed=2&temperature=0"].map(async (query) => (await ask(`?length=40&${query}`)).text()),
    );
    expect(textOf(b as string)).not.toBe(textOf(a as string));
    expect(textOf(d as string)).toBe(textOf(c as string));
  });

  it("is there before it is finished, and many at once do not mix", async () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const parts = await Promise.all(
      seeds.map(async (seed) => {
        const response = await ask(`?length=1000&seed=${seed}`);
        return response.body ? await Array.fromAsync(response.body.pipeThrough(new TextDecoderStream())) : [];
      }),
    );
    for (const [i, seed] of seeds.entries()) expect(textOf(parts[i]?.join("") as string)).toBe(await writtenText(file(), { length: 1000, seed }));
    expect(Math.min(...parts.map((part) => part.length))).toBeGreaterThan(5);
  });

  it.each([
    ["?length=0", 400, 'length must be a whole number from 1 to 1000, but is "0".'],
    ["?length=1e2", 400, 'length must be a whole number from 1 to 1000, but is "1e2".'],
    ["?length=2.5", 400, 'length must be a whole number from 1 to 1000, but is "2.5".'],
    ["?length=1001", 400, 'but is "1001".'],
    ["?length=", 400, 'length must be a whole number from 1 to 1000, but is "".'],
    ["?temperature=hot", 400, 'temperature must be a number from 0 to 2, but is "hot".'],
    ["?temperature=2.1", 400, 'temperature must be a number from 0 to 2, but is "2.1".'],
    ["?temperature=-1", 400, 'temperature must be a number from 0 to 2, but is "-1".'],
    ["?seed=4294967296", 400, "seed must be a whole number from -2147483648 to 4294967295"],
    [`?seed=${"9".repeat(4000)}`, 400, `but is "${"9".repeat(80)}".`],
    ["?prompt=dream", 400, "The model does not know d r e a m."],
    [`?prompt=${encodeURIComponent("夢".repeat(1000))}`, 400, 'the prompt\'s number of tokens must be a whole number from 1 to 1000, but is "1001".'],
    ["?seed=1&seed=2", 400, "Only prompt, length, temperature and seed may be given, each once, but there is seed=1&seed=2"],
    ["?top_p=0.5", 400, "but there is top_p=0.5"],
    ["favicon.ico", 404, "There is no /favicon.ico. Ask for /"],
  ])("answers %s with %d", async (query, status, message) => {
    const response = await ask(query);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: { message: string } }).error.message).toContain(message);
  });

  it("answers other methods with 405", async () => {
    const response = await ask("", { method: "POST", body: "夢" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
  });
}
