import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GPT, lines, refrain, SONGS, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);
const CONTEXT = 12;
let trained: string;

beforeAll(async () => {
  const { code, stdout, stderr } = await refrain("train", corpus, ...GPT, "--lr", "0.01", "--steps", "60", "--out", path("run"), "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  trained = stdout;
});
afterAll(remove);

/** What a call prints, which must succeed without a word beside it. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await refrain(...args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

describe("refrain train --model gpt", () => {
  it("learns, and says what it is", () => {
    const events = lines(trained);
    expect(events[0].model).toMatchObject({ features: 16, heads: 2, layers: 1, context: CONTEXT, positions: "alibi" });
    const losses = events.flatMap(({ event, loss }) => (event === "evaluation" ? [loss] : []));
    expect(losses.at(-1)).toBeLessThan(losses[0] - 0.5);
  });

  it.each(["rotary", "learned", "sinusoidal"])("tells places apart in another way: %s", async (positions) => {
    const stdout = await printed("train", corpus, ...GPT, "--positions", positions, "--steps", "2", "--out", path(positions));
    expect(stdout).toMatch(/^gpt of 1 × 2 heads, 16 features a character, 12 characters in sight, 32 characters, on simd\n/);
    const text = await printed("write", path(positions), "--lines", "1", "--max-characters", "200", "--line-length", "30");
    expect(text).toMatch(/^夢\p{L}{29}[，。]?\n$/u);
  });
});

describe("refrain write with a text longer than a gpt sees", () => {
  const start = "春風又綠江南岸明月何時照我還";
  it.each([
    [[]],
    [["--top-k", "5", "--repetition-penalty", "1.2", "--no-repeat-ngram", "4"]],
    [["--beams", "3"]],
    [["--beams", "4", "--beam-groups", "2", "--diversity", "1"]],
    [["--contrastive", "0.6"]],
  ])("goes on: %j", async (way) => {
    const call = ["write", path("run"), "--start", start, "--line-length", "16", "--lines", "3", ...way];
    const [first, again] = await Promise.all([printed(...call), printed(...call, "--json")]);
    expect(first.startsWith(start)).toBe(true);
    expect(first).toMatch(/^(\p{L}{16}[，。]?\n){3}$/u);
    expect(
      `${lines(again)
        .map(({ text }) => text)
        .join("\n")}\n`,
    ).toBe(first);
  });
});

describe("refrain rewrite with a line longer than a gpt sees", () => {
  it("answers each character of it", async () => {
    const line = "春風又綠江南岸，明月何時照我還。".repeat(3);
    const [{ rewritten }] = lines(await printed("rewrite", path("run"), line, "--json"));
    expect([...rewritten]).toHaveLength([...line].length);
  });
});

describe("refrain evaluate of a gpt", () => {
  it("measures as training did, in windows that it sees at once or in shorter ones", async () => {
    const [result] = lines(await printed("evaluate", path("run"), corpus, "--json"));
    expect(result).toMatchObject({ event: "evaluation", part: "validation", context: CONTEXT });
    expect(result.loss).toBeCloseTo(lines(trained).at(-1).validation.loss, 5);
    const [shorter] = lines(await printed("evaluate", path("run"), corpus, "--context", "2", "--samples", "0", "--json"));
    expect(shorter.context).toBe(2);
    expect(shorter.loss).toBeGreaterThan(result.loss);
    expect(shorter).not.toHaveProperty("distinct1");
  });

  it("refuses windows that it cannot see", async () => {
    const { code, stdout, stderr } = await refrain("evaluate", path("run"), corpus, "--context", "13");
    expect(stderr).toBe("refrain: --context must be at most 12, as this model sees no more characters at once, but is 13.\n");
    expect([code, stdout]).toEqual([2, ""]);
  });
});
