import fc from "fast-check";
import { pinyin } from "pinyin-pro";
import { describe, expect, it } from "vitest";
import { charTokenizer, charVocabulary } from "../char-tokenizer.ts";
import { commonTunes } from "./common-tunes.ts";
import { rhymeOf } from "./rhyme-of.ts";
import { tuneOf } from "./tune-of.ts";
import { verse, type VerseOptions } from "./verse.ts";
import type { Phrase, VersePattern } from "./verse-pattern.ts";

const OUT = Number.NEGATIVE_INFINITY;
/** Characters of many rhymes, and of each several, with marks; "x" and "7" count as characters but rhyme with none. */
const TEXT =
  "山南岸貪寒干天年煙邊前泉圓花家斜沙涯霞風中空紅同東情聲明清驚城生人春雲門魂君來開臺哀懷流愁樓秋舟頭歸飛時詩知思絲遲西溪啼低棲路故暮處舞歌何多過月雪葉別客色天地x7，。、！？\n「」 ";
const tokenizer = charTokenizer(charVocabulary(TEXT));
const AABB: VersePattern = ["a", "a", "b", "b"].map((rhyme) => ({ phrases: [{ length: 3, mark: "。" }], rhyme }));

/** Deterministic numbers from -5 to 5 for a step; some models are so sure of one token that they would never write another. */
function modelLogits(seed: number, step: number, sure: boolean): Float32Array {
  return Float32Array.from({ length: tokenizer.size }, (_, token) => {
    const mixed = Math.imul(token * 2654435761 + seed * 40503 + step * 9973, 0x85ebca6b) >>> 0;
    return sure && token === seed % tokenizer.size ? 1000 : (mixed / 2 ** 32) * 10 - 5;
  });
}

/** Writes as a greedy model does, until a text has that many lines. */
function write(options: Omit<VerseOptions, "tokenizer">, prompt: string, seed: number, sure = false): string {
  const filter = verse({ tokenizer, ...options });
  const tokens = [...tokenizer.encode(prompt)];
  const lineMark = tokenizer.encode("\n")[0];
  const before = tokens.slice(0, options.before ?? 0).filter((token) => token === lineMark).length;
  while (tokens.filter((token) => token === lineMark).length < options.lines.length + before) {
    const logits = modelLogits(seed, tokens.length, sure);
    filter(logits, tokens);
    tokens.push(logits.indexOf(Math.max(...logits)));
  }
  return tokenizer.decode(tokens.slice(options.before ?? 0));
}

/** Fails unless a text has a pattern, counted and heard without the code under test. */
function expectVerse(text: string, lines: VersePattern, { by = "final", tone = false }: { by?: "final" | "xinyun"; tone?: boolean } = {}): void {
  const expected = lines.map(({ phrases }) => phrases.map(({ length, mark }) => `[\\p{L}\\p{N}]{${length}}${mark ?? "[，。、！？]?"}`).join("")).join("\n");
  expect(text).toMatch(new RegExp(`^${expected}\n$`, "u"));
  const ends = text.split("\n").map((line) => [...line].findLast((character) => /[\p{L}\p{N}]/u.test(character)) as string);
  const rhyming = lines.flatMap(({ rhyme }, i) => (rhyme === undefined ? [] : [{ rhyme, end: ends[i] as string }]));
  expect(new Set(rhyming.map(({ end }) => end)).size).toBe(rhyming.length);
  const sound = (character: string) =>
    by === "final" ? pinyin(character, { pattern: "final", toneType: tone ? "symbol" : "none" }) : rhymeOf({ by, tone })(character);
  for (const name of new Set(rhyming.map(({ rhyme }) => rhyme)))
    expect(new Set(rhyming.filter(({ rhyme }) => rhyme === name).map(({ end }) => sound(end))).size).toBe(1);
}

const marks = fc.constantFrom("", "，", "。", "！？");
const line = fc.record({
  inner: fc.array(fc.record({ length: fc.integer({ min: 1, max: 3 }), mark: fc.constantFrom("，", "、") }), { maxLength: 2 }),
  last: fc.record({ length: fc.integer({ min: 1, max: 4 }), mark: fc.option(marks, { nil: undefined }) }),
  rhyme: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
});
const patterns = fc.array(line, { minLength: 1, maxLength: 7 }).map((all) =>
  all.map(({ inner, last: { length, mark }, rhyme }) => {
    const phrases: Phrase[] = [...inner, { length, ...(mark !== undefined && { mark }) }];
    return { phrases, ...(rhyme && { rhyme }) };
  }),
);

// Each run hears and writes whole verses; with other tests beside it that takes its time.
describe("verse", { timeout: 30_000 }, () => {
  it("makes whatever is written have the pattern and rhyme, whatever the logits", () => {
    fc.assert(
      fc.property(patterns, fc.nat(10_000), fc.boolean(), fc.constantFrom("final" as const, "xinyun" as const), (lines, seed, sure, by) => {
        expectVerse(write({ lines, rhyme: { by } }, "", seed, sure), lines, { by });
      }),
      { numRuns: 100 },
    );
  });

  it("writes all common tunes that these characters rhyme for", () => {
    const tunes = commonTunes().filter(({ lines }) => lines.length <= 8);
    expect(tunes.length).toBeGreaterThan(25);
    tunes.forEach(({ lines }, i) => expectVerse(write({ lines, rhyme: { by: "xinyun" } }, "", i), lines, { by: "xinyun" }));
  });

  it("lets tones match too where that is asked for", () => {
    fc.assert(
      fc.property(fc.nat(10_000), (seed) => {
        expectVerse(write({ lines: AABB, rhyme: { tone: true } }, "", seed), AABB, { tone: true });
      }),
      { numRuns: 40 },
    );
  });

  it("counts what the text has already as the verse's beginning, wherever it breaks off", () => {
    fc.assert(
      fc.property(patterns, fc.nat(10_000), fc.nat(10_000), fc.nat(100), (lines, seed, other, cut) => {
        const whole = [...write({ lines }, "", seed)];
        const start = whole.slice(0, cut % whole.length).join("");
        const text = write({ lines, before: 2 }, `夢\n${start}`, other);
        expect(text.startsWith(start)).toBe(true);
        expectVerse(text, lines);
      }),
      { numRuns: 50 },
    );
  });

  it("does not depend on anything but the text: asked again, it answers the same", () => {
    const filter = verse({ tokenizer, lines: AABB });
    const answer = (text: string) => {
      const logits = modelLogits(1, 1, false);
      filter(logits, [...tokenizer.encode(text)]);
      return logits;
    };
    const first = answer("春風寒。\n天");
    answer("東西南。\n");
    expect(answer("春風寒。\n天")).toEqual(first);
  });

  it("changes nothing once the verse is complete", () => {
    const filter = verse({ tokenizer, lines: [{ phrases: [{ length: 2, mark: "。" }] }] });
    for (const text of ["春風。\n", "春風。\n，，\n春"]) {
      const logits = modelLogits(1, 1, false);
      filter(logits, [...tokenizer.encode(text)]);
      expect(logits).toEqual(modelLogits(1, 1, false));
    }
  });

  it("opens no rhyme that other lines would miss: two rhymes share what there is", () => {
    // Three characters of one final and two of another: "a" wants three, so "b", though it comes first, must leave them.
    const few = charTokenizer(charVocabulary("南山寒花沙夜。\n"));
    const lines = ["b", "b", "a", "a", "a"].map((rhyme) => ({ phrases: [{ length: 1, mark: "。" }], rhyme }));
    const logits = new Float32Array(few.size);
    verse({ tokenizer: few, lines: [...lines, { phrases: [{ length: 1 }] }], rhyme: { by: "xinyun" } })(logits, []);
    expect(few.characters.filter((_, i) => logits[i + 1] !== OUT)).toEqual([..."沙花"].toSorted());
    expect(() => verse({ tokenizer: few, lines: [...lines, ...lines], rhyme: { by: "xinyun" } })).toThrow(
      /must have as many characters that rhyme as there are lines/,
    );
  });

  it.each([
    ["春，", /line 1 wants a character, but character 2 of the text is "，"/],
    ["春風天天", /line 1 wants 「。」, but character 4 of the text is "天"/],
    ["春風天。天", /line 1 wants a line break, but character 5 of the text is "天"/],
    ["春風x", /line 1 wants a character of whose rhyme the vocabulary has enough, but character 3 of the text is "x"/],
    ["春風山。\n明月花", /line 2 wants a character that rhymes with the lines before and is none of 「山」, but character 8 of the text is "花"/],
    ["春風山。\n明月山", /and is none of 「山」, but character 8 of the text is "山"/],
    ["\uFFFD", /line 1 wants a character, but character 1 of the text is "\uFFFD"/],
  ])("refuses a text that does not follow the pattern: %j", (text, message) => {
    expect(() => verse({ tokenizer, lines: AABB })(new Float32Array(tokenizer.size), [...tokenizer.encode(text)])).toThrow(message);
  });

  it("refuses to choose where earlier filters left nothing that can come, and logits of another size", () => {
    const filter = verse({ tokenizer, lines: AABB });
    expect(() => filter(new Float32Array(tokenizer.size).fill(OUT), [])).toThrow(/line 1 wants a character, but no token that can be it remains/);
    expect(() => filter(new Float32Array(3), [])).toThrow(`verse: there must be a logit for each of the ${tokenizer.size} tokens, but there are 3.`);
  });

  it.each([
    [[], /must have at least one line/],
    [[{ phrases: [] }], /line 1 of the pattern must have at least one phrase/],
    [[{ phrases: [{ length: 0, mark: "。" }] }], /a whole number of characters of at least 1, but one of line 1 has 0/],
    [[{ phrases: [{ length: 2 }, { length: 2, mark: "。" }] }], /only the last phrase of a line may leave its mark open, but one before it does in line 1/],
    [[{ phrases: [{ length: 2, mark: "。春" }] }], /must be punctuation, but in line 1 there is "春"/],
    [[{ phrases: [{ length: 2, mark: "。\n" }] }], /must be punctuation, but in line 1 there is "\\n"/],
    [[{ phrases: [{ length: 2, mark: "；" }] }], /line 1 wants "；", which the vocabulary does not have/],
  ])("refuses the pattern %j", (lines, message) => {
    expect(() => verse({ tokenizer, lines })).toThrow(message);
    expect(() => verse({ tokenizer, lines })).toThrow(RangeError);
  });

  it.each([-1, 0.5])("refuses %d tokens before the verse", (before) => {
    expect(() => verse({ tokenizer, lines: AABB, before })).toThrow(`verse: before must be a whole number of at least 0, but is ${before}.`);
  });

  it("writes tokens of one character only, but reads those of several", () => {
    const words = ["\uFFFD", "春", "風", "春風", "。", "\n", "。\n"];
    const filter = verse({
      tokenizer: { size: words.length, decode: (tokens) => Array.from(tokens, (token) => words[token]).join("") },
      lines: [{ phrases: [{ length: 3, mark: "。" }] }],
    });
    const left = (previous: number[]) => {
      const logits = new Float32Array(words.length);
      filter(logits, previous);
      return words.filter((_, i) => logits[i] !== OUT);
    };
    expect(left([])).toEqual(["春", "風"]);
    expect(left([3])).toEqual(["春", "風"]);
    expect(left([3, 1])).toEqual(["。"]);
    expect(left([3, 1, 4])).toEqual(["\n"]);
  });

  it("leaves an open end to the model: one mark or none", () => {
    const filter = verse({ tokenizer, lines: [{ phrases: [{ length: 1 }] }] });
    const left = (text: string) => {
      const logits = new Float32Array(tokenizer.size);
      filter(logits, [...tokenizer.encode(text)]);
      return tokenizer.characters.filter((_, i) => logits[i + 1] !== OUT);
    };
    expect(left("春")).toEqual(["\n", "、", "。", "！", "，", "？"]);
    expect(left("春，")).toEqual(["\n"]);
    expect(left("春\n")).toHaveLength(tokenizer.characters.length);
  });

  it("works with a tune from its name", () => {
    const text = write({ lines: tuneOf("如夢令").lines, rhyme: { by: "xinyun" } }, "", 5);
    expect(text.split("\n").map((part) => [...part].length)).toEqual([7, 7, 13, 3, 3, 7, 0]);
  });
});
