import { rhymeOf } from "@refrain/data/verse";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lines, refrain, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const LINES =
  "小園芳草綠江南 一夜春風吹玉寒 畫樓明月照欄干 夢中山水有無間 春去秋來不記年 白雲深處是青山 燭影搖紅夜已殘 落花時節倚門看 人在天涯客衣單 舊時燕子又飛還".split(
    " ",
  );
const corpus = put(
  "songs.txt",
  Array.from({ length: 50 }, (_, i) => `${LINES[i % 10]}，${LINES[(3 * i + 1) % 10]}。\n${LINES[(7 * i + 2) % 10]}！\n`).join("\n"),
);
const model = path("run/model.safetensors");

beforeAll(async () => {
  const { code, stderr } = await refrain("train", corpus, ...TINY, "--hidden", "16", "--lr", "0.02", "--steps", "120", "--out", path("run"), "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
});
afterAll(remove);

/** What a call writes, which must succeed without a word beside it. */
async function written(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await refrain("write", model, ...args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

const linesOf = (text: string) => text.split("\n").filter(Boolean);

/** Fails unless the lines end in different characters of one rhyme. */
function expectRhyme(text: string, by: "final" | "xinyun"): void {
  const ends = linesOf(text).map((line) => line.match(/\p{L}(?=\P{L}*$)/u)?.[0] as string);
  expect(new Set(ends).size).toBe(ends.length);
  const sounds = new Set(ends.map(rhymeOf({ by })));
  expect(sounds.size).toBe(1);
  expect(sounds).not.toContain(undefined);
}

describe("refrain write, drawing", () => {
  it("takes every option of sampling, the same for the same seed", async () => {
    const options = [
      "--min-p",
      "0.02",
      "--typical",
      "0.95",
      "--top-p",
      "0.95",
      "--repetition-penalty",
      "1.1",
      "--presence-penalty",
      "-0.1",
      "--frequency-penalty",
      "0.05",
    ];
    const [first, again, plain] = await Promise.all([written(...options), written(...options), written()]);
    expect(linesOf(first)).toHaveLength(8);
    expect(again).toBe(first);
    expect(plain).not.toBe(first);
  });

  it("is greedy where nothing but the likeliest is left", async () => {
    const [cold, strict] = await Promise.all([written("--temperature", "0"), written("--min-p", "1")]);
    expect(strict).toBe(cold);
  });

  it("does not let runs of characters come twice, nor characters themselves", async () => {
    const [runs, penalised] = await Promise.all([
      written("--no-repeat-ngram", "2", "--temperature", "0.3", "--lines", "3"),
      refrain("write", model, "--frequency-penalty", "99", "--temperature", "0.3", "--max-characters", "20"),
    ]);
    const pairs = Array.from(runs.matchAll(/(?=(\p{L}\p{L}))/gu), ([, pair]) => pair);
    expect(pairs.length).toBeGreaterThan(5);
    expect(new Set(pairs).size).toBe(pairs.length);
    const letters = penalised.stdout.match(/\p{L}/gu) as string[];
    expect(new Set(letters).size).toBe(letters.length);
  });
});

describe("refrain write, searching", () => {
  it("finds the same lines each time, none of them blank, as many as it is told", async () => {
    const options = ["--beams", "4", "--lines", "4"];
    const [first, again, groups] = await Promise.all([
      written(...options),
      written(...options),
      written(...options, "--beam-groups", "2", "--diversity", "2", "--length-penalty", "1", "--no-repeat-ngram", "3"),
    ]);
    expect(again).toBe(first);
    for (const text of [first, groups]) {
      expect(text).toMatch(/^夢[^\n]*\n([^\n]+\n){3}$/);
      expect(new Set(linesOf(text)).size).toBe(4);
    }
  });

  it("contrasts what it says with what was said", async () => {
    const [first, again, greedy] = await Promise.all(
      [["0.6"], ["0.6", "--top-k", "5"], ["0"]].map(([alpha, ...more]) => written("--contrastive", alpha as string, ...more, "--lines", "5")),
    );
    expect(again).toBe(first);
    expect(first).not.toBe(greedy);
    expect(first).toMatch(/^夢[^\n]*\n([^\n]+\n){4}$/);
  });

  it("says when the limit ended it", async () => {
    for (const way of [[], ["--beams", "2"], ["--contrastive", "0.5"]])
      for (const lines of [8, 1]) {
        const { stdout, stderr } = await refrain("write", model, ...way, "--line-length", "9", "--lines", String(lines), "--max-characters", "5");
        expect(stderr).toBe(`refrain: stopped after --max-characters 5, before ${lines === 1 ? "the line was" : "all 8 lines were"} written.\n`);
        expect([...stdout.trimEnd()].length).toBeLessThanOrEqual(6);
      }
  });
});

describe("refrain write, in verse", () => {
  const WAYS = [
    [],
    ["--temperature", "3"],
    ["--beams", "3"],
    ["--contrastive", "0.5"],
    ["--repetition-penalty", "1.5", "--no-repeat-ngram", "2", "--top-k", "1"],
  ];

  it.each(WAYS.map((way) => [way]))("writes to a tune with its rhymes: %j", async (way) => {
    const text = await written("--tune", "浣溪沙", "--rhyme", "--rhyme-by", "xinyun", ...way);
    expect(text).toMatch(/^夢\p{L}{6}。\n\p{L}{7}。\n\p{L}{7}。\n\p{L}{7}，\p{L}{7}。\n\p{L}{7}。\n$/u);
    expectRhyme(text, "xinyun");
  });

  it.each(WAYS.map((way) => [way]))("writes lines of a length, which rhyme by their finals: %j", async (way) => {
    const text = await written("--line-length", "5", "--lines", "5", "--rhyme", ...way);
    expect(text).toMatch(/^夢\p{L}{4}[，。！]?\n(\p{L}{5}[，。！]?\n){4}$/u);
    expectRhyme(text, "final");
  });

  it("learns tunes from a file, gzipped or not, and takes a start of several characters", async () => {
    const songs = `${JSON.stringify({ cipai: "短歌・小調", author: "某", lines: ["花落，水流。", "一江春。"] })}\n`;
    const files = [put("tunes.jsonl", songs), put("tunes.jsonl.gz", gzipSync(songs))];
    const texts = await Promise.all(files.map((file) => written("--tune", "小調", "--tunes", file, "--start", "夢中，山", "--json")));
    expect(texts[1]).toBe(texts[0]);
    const [first, second] = lines(texts[0] as string).map(({ text }) => text);
    expect(first).toMatch(/^夢中，山\p{L}。$/u);
    expect(second).toMatch(/^\p{L}{3}。$/u);
  });
});

describe("a call of refrain write that is wrong", () => {
  const broken = put("broken.jsonl", '{"cipai":"甲"}\n');
  it.each([
    [["--min-p", "1.5"], 2, /--min-p must be a number of at least 0 and at most 1, but got "1.5"/],
    [["--typical", "0"], 2, /--typical must be a number of over 0 and at most 1, but got "0"/],
    [["--repetition-penalty", "0"], 2, /--repetition-penalty must be a number of over 0, but got "0"/],
    [["--presence-penalty", "much"], 2, /--presence-penalty must be a number, but got "much"/],
    [["--frequency-penalty"], 2, /--frequency-penalty needs a value/],
    [["--no-repeat-ngram", "0"], 2, /--no-repeat-ngram must be a whole number of at least 1, but got "0"/],
    [["--beams", "1.5"], 2, /--beams must be a whole number of at least 1, but got "1.5"/],
    [["--contrastive", "2"], 2, /--contrastive must be a number of at least 0 and at most 1, but got "2"/],
    [["--line-length", "0"], 2, /--line-length must be a whole number of at least 1, but got "0"/],
    [["--beam", "4"], 2, /unknown option --beam\. Did you mean --beams\?/],
    [["--beams", "4", "--contrastive", "0.5"], 2, /--beams and --contrastive do not go together/],
    [["--beams", "4", "--temperature", "1"], 2, /--beams searches without a draw, so that --temperature has no meaning beside it/],
    [["--beams", "4", "--top-k", "5"], 2, /--top-k has no meaning beside it/],
    [["--contrastive", "0.5", "--seed", "5"], 2, /--seed has no meaning beside it/],
    [["--length-penalty", "1"], 2, /--length-penalty has no meaning without --beams\./],
    [["--beams", "4", "--beam-groups", "1", "--diversity", "1"], 2, /--diversity sets groups apart, but there is one\. Give two or more --beam-groups/],
    [["--beams", "4", "--diversity", "1"], 2, /--diversity has no meaning without --beam-groups\./],
    [["--beams", "4", "--beam-groups", "3"], 2, /4 beams do not make 3 groups/],
    [["--tune", "浣溪沙", "--lines", "3"], 2, /--tune and --lines do not go together/],
    [["--tune", "浣溪沙", "--line-length", "3"], 2, /--tune and --line-length do not go together/],
    [["--tunes", "songs.jsonl"], 2, /--tunes has no meaning without --tune\./],
    [["--rhyme"], 2, /--rhyme has no meaning without --tune or --line-length\./],
    [["--tune", "浣溪沙", "--rhyme-by", "final"], 2, /--rhyme-by has no meaning without --rhyme\./],
    [["--tune", ""], 2, /--tune needs a value, but got an empty one/],
    [["--tune", "浣溪紗"], 2, /there is no tune 「浣溪紗」 among the 60 that are known\. Did you mean 「浣溪沙」/],
    [["--tune", "浣溪沙", "--start", "夢，"], 2, /--start does not fit\. verse: line 1 wants a character, but character 2 of the text is "，"/],
    [["--tune", "浣溪沙", "--start", "夢\n"], 2, /--start must be the beginning of the first line/],
    [["--tune", "滿江紅"], 1, /line 1 wants "、", which the vocabulary does not have/],
    [["--line-length", "5", "--lines", "60", "--rhyme"], 1, /the vocabulary must have as many characters that rhyme as there are lines/],
    [["--tune", "甲", "--tunes", path("none.jsonl")], 1, /none\.jsonl does not exist\. Give a file of songs/],
    [["--tune", "甲", "--tunes", broken], 1, /line 1 is \{"cipai":"甲"\}/],
    [["--tune", "甲", "--tunes", put("cut.gz", gzipSync("abcdefghij").subarray(0, 15))], 1, /cut\.gz cannot be unpacked/],
  ])("%j", async (args, exitCode, message) => {
    const { code, stdout, stderr } = await refrain("write", model, ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^refrain: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(exitCode);
  });
});
