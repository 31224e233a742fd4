import { describe, expect, it } from "vitest";
import { eventsOf, testModel, testService } from "./testing.test-helper.ts";

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
