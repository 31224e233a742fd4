import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitWords } from "./split-words.ts";

const wordsOf = (text: string) => splitWords(text).map((word) => word.text);
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "é", "e\u0301", "7", "詩", "𠮷", "カ", "한", "。", ",", " ", "\n", "　", "'", "😀") }),
  fc.string({ unit: "binary" }),
);

describe("the words of a text", () => {
  test.each([
    ["Mary moved to room 12.", ["Mary", "moved", "to", "room", "12", "."]],
    ["She's in 3.5\tmiles", ["She", "'", "s", "in", "3", ".", "5", "miles"]],
    ["我們在Taipei，1786年。", ["我", "們", "在", "Taipei", "，", "1786", "年", "。"]],
    ["𠮷野家", ["𠮷", "野", "家"]],
    ["ein naïves cafe\u0301 — ok", ["ein", "naïves", "cafe\u0301", "—", "ok"]],
    ["カラオケ、한국어 हिन्दी", ["カラオケ", "、", "한국어", "हिन्दी"]],
    ["go 😀😀", ["go", "😀", "😀"]],
    [" \n　", []],
    ["", []],
  ])("of %j", (text, expected) => {
    expect(wordsOf(text)).toEqual(expected);
  });

  test("stand where they say, one after the other, with nothing but white space between them", () => {
    fc.assert(
      fc.property(texts, (text) => {
        let end = 0;
        for (const word of splitWords(text)) {
          expect(text.slice(word.start, word.end)).toBe(word.text);
          expect(text.slice(end, word.start)).toMatch(/^\s*$/);
          expect(word.text).toMatch(/^\S+$/);
          end = word.end;
        }
        expect(text.slice(end)).toMatch(/^\s*$/);
      }),
    );
  });

  test("are the same when they are written with spaces between them", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(wordsOf(wordsOf(text).join(" "))).toEqual(wordsOf(text));
      }),
    );
  });
});
