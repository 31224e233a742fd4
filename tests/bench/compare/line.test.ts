import { describe, expect, it } from "vitest";
import { ratioOf, rounded, textOf } from "./line.ts";

describe("ratioOf", () => {
  it("is above 1 where ours has more of what is good", () => expect(ratioOf("tokens/s", 300, 100)).toBe(3));
  it("is above 1 where ours has less of what is not", () => {
    expect(ratioOf("ms", 10, 40)).toBe(4);
    expect(ratioOf("MB", 400, 200)).toBe(0.5);
  });
});

describe("rounded", () => {
  it("keeps three digits or so", () => {
    expect([1234.5, 45.678, 0.1234].map(rounded)).toEqual(["1,235", "45.7", "0.12"]);
  });
});

describe("textOf", () => {
  const line = { bench: "gemm", shape: "64³", threads: 1, unit: "GFLOP/s", ours: 50 } as const;
  it("names the peer and the ratio", () => {
    expect(textOf({ ...line, peer: "peak", peerValue: 100, ratio: 0.5 })).toBe("gemm  64³, 1 thread: ours 50.0, peak 100 GFLOP/s, ratio 0.50");
  });
  it("tells a figure that stands alone", () => {
    expect(textOf({ ...line, threads: 2, peer: null, peerValue: null, ratio: null })).toBe("gemm  64³, 2 threads: ours 50.0 GFLOP/s");
  });
});
