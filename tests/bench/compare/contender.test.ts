import { describe, expect, it } from "vitest";
import { type Contender, freshEachTurn, openContender, together } from "./contender.ts";

const of = (value: number, closed: number[] = []): Contender => ({ turn: () => Promise.resolve({ value }), close: () => void closed.push(value) });

describe("openContender", () => {
  it("takes turns with a process", async () => {
    const peak = await openContender("kernels", { what: "peak", build: "simd", threads: 1 });
    const first = await peak.turn(),
      second = await peak.turn();
    peak.close();
    expect(first.value).toBeGreaterThan(0.1);
    expect(second.value).toBeGreaterThan(0.1);
  });

  it("hands on what a process says it cannot do", async () => {
    await expect(openContender("tfjs-op", { backend: "simd", threads: 1, operation: "fold" })).rejects.toThrow("there is no operation fold");
  });

  it("tells how a process ended that said nothing", async () => {
    await expect(openContender("nobody", {})).rejects.toThrow("it ended with code 1");
  });
});

describe("a contender that was closed", () => {
  it("refuses further turns instead of waiting for ever", async () => {
    const peak = await openContender("kernels", { what: "peak", build: "simd", threads: 1 });
    peak.close();
    await expect(peak.turn()).rejects.toThrow("it ended with SIGTERM");
    await expect(peak.turn()).rejects.toThrow("it ended with SIGTERM");
  });
});

describe("together", () => {
  it("adds up what several come to", async () => {
    const both = await together([Promise.resolve(of(2)), Promise.resolve(of(3))]);
    expect(await both.turn()).toEqual({ value: 5 });
  });
});

describe("freshEachTurn", () => {
  it("opens and closes a contender for each turn", async () => {
    const closed: number[] = [];
    let opened = 0;
    const fresh = freshEachTurn(() => Promise.resolve(of(++opened, closed)));
    expect([await fresh.turn(), await fresh.turn()]).toEqual([{ value: 1 }, { value: 2 }]);
    expect(closed).toEqual([1, 2]);
  });
});
