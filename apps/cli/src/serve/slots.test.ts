import { describe, expect, it } from "vitest";
import { slots } from "./slots.ts";

const never = new AbortController().signal;
const small = { concurrency: 2, queue: 2, queueMs: 50 };

describe("slots", () => {
  it("lets in as many as there are places, and then who came first", async () => {
    const places = slots(small);
    const [first, second] = [await places.enter(never), await places.enter(never)];
    const order: string[] = [];
    const [third, fourth] = ["third", "fourth"].map(async (name) => {
      const leave = await places.enter(never);
      order.push(name);
      return leave;
    }) as [Promise<() => void>, Promise<() => void>];
    expect([places.running, places.waiting]).toEqual([2, 2]);
    second();
    const leaveThird = await third;
    expect([places.running, places.waiting, order]).toEqual([2, 1, ["third"]]);
    first();
    const leaveFourth = await fourth;
    leaveThird();
    leaveFourth();
    expect([places.running, places.waiting, order]).toEqual([0, 0, ["third", "fourth"]]);
  });

  it("takes a place back once, however often it is given", async () => {
    const places = slots(small);
    const leave = await places.enter(never);
    await places.enter(never);
    leave();
    leave();
    expect(places.running).toBe(1);
  });

  it("refuses with 429 whom the queue has no room for, and with 503 who waited too long; both are told when to try again", async () => {
    const places = slots({ concurrency: 1, queue: 1, queueMs: 30 });
    await places.enter(never);
    const late = places.enter(never);
    await expect(places.enter(never)).rejects.toMatchObject({ status: 429, headers: { "Retry-After": "1" } });
    await expect(late).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "1" }, message: "No place became free within 0.03 s. Try again later." });
    expect([places.running, places.waiting]).toEqual([1, 0]);
  });

  it("forgets who goes away while waiting, or had gone before", async () => {
    const places = slots({ concurrency: 1, queue: 5, queueMs: 1000 });
    const leave = await places.enter(never);
    const gone = new AbortController();
    const waiting = places.enter(gone.signal);
    gone.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    await expect(places.enter(gone.signal)).rejects.toThrow("gone");
    leave();
    expect([places.running, places.waiting]).toEqual([0, 0]);
  });

  it("closes: who waits is refused, who is in may finish, and that is told", async () => {
    const places = slots({ concurrency: 1, queue: 5, queueMs: 1000 });
    const leave = await places.enter(never);
    const waiting = places.enter(never);
    places.close();
    await expect(waiting).rejects.toMatchObject({ status: 503 });
    await expect(places.enter(never)).rejects.toMatchObject({ status: 503 });
    let empty = false;
    const told = places.empty().then(() => {
      empty = true;
    });
    await Promise.resolve();
    expect(empty).toBe(false);
    leave();
    await told;
    await places.empty();
    expect(places.running).toBe(0);
  });
});
