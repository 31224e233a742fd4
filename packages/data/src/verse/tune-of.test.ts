import { describe, expect, it } from "vitest";
import { commonTunes } from "./common-tunes.ts";
import type { Tune } from "./read-tunes.ts";
import { readPattern, writePattern } from "./tune-notation.ts";
import { tuneOf } from "./tune-of.ts";

const tune = (name: string): Tune => ({ name, lines: readPattern("7。"), count: 1, songs: 1 });

describe("tuneOf", () => {
  it("gives the tunes that everybody knows, with what the handbooks say of them", () => {
    expect(writePattern(tuneOf("浣溪沙").lines)).toBe("7。a/7。a/7。a/7，7。a/7。a");
    // Rhymes that change every two lines, and half way.
    expect(writePattern(tuneOf("菩薩蠻").lines)).toBe("7。a/7。a/5。b/5。b/5。c/5。c/5。d/5。d");
    expect(writePattern(tuneOf("清平樂").lines)).toBe("4。a/5。a/7。a/6。a/6。b/6。b/6，6。b");
    expect(tuneOf("水調歌頭").count).toBeLessThan(tuneOf("水調歌頭").songs);
  });

  it("finds a tune by any of its names, and prefers the one that has it alone", () => {
    expect(tuneOf("憶江南").name).toBe("望江南・憶江南");
    expect(tuneOf("念奴嬌").name).toBe("念奴嬌");
    expect(tuneOf(" 浣溪沙 ").name).toBe("浣溪沙");
  });

  it("names what is near where there is none", () => {
    expect(() => tuneOf("南歌")).toThrow(/there is no tune 「南歌」 among the 60 that are known\. Did you mean 「南歌子」, /);
    expect(() => tuneOf("乙", [tune("甲")])).toThrow("tuneOf: there is no tune 「乙」 among the 1 that are known.");
    expect(() => tuneOf("甲乙丙", [tune("甲"), tune("丁乙丙"), tune("乙甲"), tune("丙戊己庚")])).toThrow(/Did you mean 「乙甲」, 「丁乙丙」, 「甲」\?$/);
  });
});

describe("commonTunes", () => {
  it("are some dozens, the commonest first, each a pattern that can be written down again", () => {
    const tunes = commonTunes();
    expect(tunes.length).toBeGreaterThan(48);
    expect(tunes.map(({ count }) => count)).toEqual(tunes.map(({ count }) => count).toSorted((a, b) => b - a));
    expect(new Set(tunes.map(({ name }) => name)).size).toBe(tunes.length);
    for (const { lines, count, songs } of tunes) {
      expect(readPattern(writePattern(lines))).toEqual(lines);
      expect(lines.flatMap(({ phrases }) => phrases).every(({ length, mark }) => length >= 1 && length <= 9 && /^[，。、]$/.test(mark as string))).toBe(true);
      expect(count).toBeLessThanOrEqual(songs);
      expect(lines.filter(({ rhyme }) => rhyme).length).toBeGreaterThan(1);
    }
  });
});

describe("readPattern", () => {
  it.each(["", "7。/", "。7", "7。ab", "x"])("refuses %j", (text) => {
    expect(() => readPattern(text)).toThrow(/is no line of a pattern/);
  });
});
