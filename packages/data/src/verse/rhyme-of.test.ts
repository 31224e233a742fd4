import fc from "fast-check";
import { pinyin } from "pinyin-pro";
import { describe, expect, it } from "vitest";
import { rhymeOf } from "./rhyme-of.ts";

const han = fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((code) => String.fromCodePoint(code));

/** Whether all of these rhyme. */
const alike = (characters: string, options?: Parameters<typeof rhymeOf>[0]) => new Set([...characters].map(rhymeOf(options))).size === 1;

describe("rhymeOf", () => {
  it("by finals: those that are the same, whatever the tone, but not those that are only spelled so", () => {
    expect(alike("山南岸貪")).toBe(true);
    expect(alike("花家")).toBe(false);
    // zhī and xī, yù and lù, yè and chē
    for (const pair of ["知西", "玉路", "夜車"]) expect(alike(pair)).toBe(false);
  });

  it("by 中華新韻: those of one of its fourteen rhymes", () => {
    for (const rhyme of [
      "花家麻",
      "歌多波",
      "月雪夜",
      "來懷",
      "飛歸",
      "高橋",
      "流愁",
      "山天川圓",
      "人心雲春",
      "光香窗",
      "風情東窮",
      "西居兒玉",
      "知詩思",
      "路無",
    ])
      expect(alike(rhyme, { by: "xinyun" })).toBe(true);
    expect(new Set([..."花歌月來飛高流山人光風西知路"].map(rhymeOf({ by: "xinyun" }))).size).toBe(14);
  });

  it("by tones too, if they are asked for", () => {
    expect(alike("山岸")).toBe(true);
    expect(alike("山岸", { tone: true })).toBe(false);
    expect(alike("山丹", { tone: true })).toBe(true);
    expect(alike("花家", { by: "xinyun", tone: true })).toBe(true);
  });

  it("never rhymes by finals what does not rhyme by 中華新韻, nor what pinyin-pro gives other finals", () => {
    const final = (character: string) => pinyin(character, { pattern: "final", toneType: "none" });
    const [strict, wide] = [rhymeOf(), rhymeOf({ by: "xinyun" })];
    fc.assert(
      fc.property(han, han, (a, b) => {
        if (strict(a) === undefined || strict(a) !== strict(b)) return;
        expect(wide(a)).toBe(wide(b));
        expect(final(a)).toBe(final(b));
      }),
      { numRuns: 2000 },
    );
  });

  it("knows no rhyme of what is no Chinese character, or has no vowel", () => {
    for (const character of [..."a7，。\n …けㄅ嗯", "", "\uFFFD"]) expect(rhymeOf()(character)).toBeUndefined();
  });
});
