import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linesOf, splitCorpus } from "./corpus.ts";
import { defaultLyrics } from "./lyrics.ts";
import { normalize } from "./normalize.ts";

const count = (text: string) => [...text].length;
const song = (length: number) => `${"詩".repeat(length)}\n`;

describe("splitCorpus", () => {
  test("cuts the lyrics before a song, a tenth from their end", () => {
    const { train, validation } = splitCorpus(defaultLyrics);
    expect(train + validation).toBe(defaultLyrics);
    expect(count(validation) / count(defaultLyrics)).toBeCloseTo(0.1, 2);
    const songs = (text: string) => text.trim().split("\n\n");
    expect([...songs(train), ...songs(validation)]).toEqual(songs(defaultLyrics));
  });

  test("cuts at the start of the song nearest to the place", () => {
    const songs = [song(60), song(25), song(3), song(8)];
    const at = (first: number) => ({
      train: songs
        .slice(0, first)
        .map((s) => `${s}\n`)
        .join(""),
      validation: songs.slice(first).join("\n"),
    });
    // 103 characters: the songs start at 0, 62, 89 and 94, and a tenth before the end is 92.
    expect(count(songs.join("\n"))).toBe(103);
    expect(splitCorpus(songs.join("\n"))).toEqual(at(3));
    expect(splitCorpus(songs.join("\n"), 0.13)).toEqual(at(2));
    expect(splitCorpus(songs.join("\n"), 0.4)).toEqual(at(1));
  });

  test("counts code points, not UTF-16 units", () => {
    expect(splitCorpus("𠮷".repeat(50) + "詩".repeat(50))).toEqual({ train: "𠮷".repeat(50) + "詩".repeat(40), validation: "詩".repeat(10) });
  });

  test("takes several blank lines as one, and none at the end for a song", () => {
    expect(splitCorpus(`${song(45)}\n\n\n${song(45)}\n\n`, 0.5).validation).toBe(`${song(45)}\n\n`);
  });

  test("cuts a text of one song, or without a blank line near, at the very character", () => {
    expect(splitCorpus(song(99))).toEqual({ train: "詩".repeat(90), validation: `${"詩".repeat(9)}\n` });
    const far = splitCorpus(`${song(10)}\n${song(87)}`);
    expect([count(far.train), count(far.validation)]).toEqual([90, 10]);
  });

  test("loses nothing, and is never further off than half the share", () => {
    const parts = fc.constantFrom("\n", "\n\n", "\r\n\r\n", "詩", "歌。", "𠮷", "e\u0301", "\uFEFF");
    fc.assert(
      fc.property(fc.string({ unit: parts, maxLength: 200 }), fc.constantFrom(0.05, 0.1, 0.3, 0.5), (text, share) => {
        const { train, validation } = splitCorpus(text, share);
        expect(train + validation).toBe(normalize(text));
        const all = count(normalize(text));
        expect(Math.abs(count(validation) - all * share)).toBeLessThanOrEqual((all * share) / 2 + 1);
      }),
    );
  });

  test("cuts before a song wherever one starts near enough", () => {
    const songs = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 12, maxLength: 60 });
    fc.assert(
      fc.property(songs, (lengths) => {
        const { train, validation } = splitCorpus(lengths.map((length) => song(length)).join("\n"), 0.5);
        expect(train.endsWith("\n\n") && !validation.startsWith("\n")).toBe(true);
      }),
    );
  });

  test.each([0, 1, -0.1, 1.1, Number.NaN, Infinity])("refuses a share of %d", (share) => {
    expect(() => splitCorpus("詩\n", share)).toThrow(new RangeError(`splitCorpus: the share must be between 0 and 1, but is ${share}.`));
  });
});

test("linesOf gives the lines that are not blank, whatever ends them", () => {
  expect(linesOf("\uFEFF一\r\n\r\n二\r　\n  三 \n\n")).toEqual(["一", "二", "  三 "]);
  expect(linesOf("")).toEqual([]);
});
