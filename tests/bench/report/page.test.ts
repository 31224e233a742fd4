import { describe, expect, it } from "vitest";
import type { Line } from "../contract.ts";
import { bars } from "./bars.ts";
import { page } from "./page.ts";

const line = (peer: Line["peer"], peerValue: number | null, ratio: number | null): Line => ({
  bench: "train",
  shape: "gpt-cpu",
  threads: 2,
  unit: "tokens/s",
  ours: 200,
  peer,
  peerValue,
  ratio,
});
const LINES = [line("torch", 100, 2), line("tfjs-backend-wasm", 4, 50)];

describe("page", () => {
  const written = page(LINES, ["train  gpt-cpu: tfjs-layers is not installed"], [["cores", "2"]], new Map([["train", "performance/train.svg"]]));

  it("has a row for each shape and a column for each peer", () => {
    expect(written).toContain("| shape | threads | unit | ours | torch | tfjs-backend-wasm |");
    expect(written).toContain("| gpt-cpu | 2 | tokens/s | 200 | 100 (2.00 ×) | 4.00 (50.0 ×) |");
  });

  it("says on what machine, shows the picture and names what has no figure", () => {
    expect(written).toContain("| cores | 2 |");
    expect(written).toContain("](performance/train.svg)");
    expect(written).toContain("- gpt-cpu: tfjs-layers is not installed");
  });
});

describe("bars", () => {
  it("draws a bar a comparison, to the right of 1 where ours is better and to the left where not", () => {
    const svg = bars("train", [line("torch", 400, 0.5), line("peak", 100, 2)]) as string;
    const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(([, x, width]) => [Number(x), Number(x) + Number(width)]);
    expect(boxes).toHaveLength(2);
    const [worse, better] = boxes as [number[], number[]];
    expect(worse[1]).toBeCloseTo(better[0] as number, 0);
    expect(svg).toContain("0.50 ×");
  });

  it("draws nothing where nothing is compared", () => expect(bars("scaling", [line(null, null, null)])).toBeUndefined());
});
