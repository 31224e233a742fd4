import fc from "fast-check";
import { expect, test } from "vitest";
import { spanOfWords } from "./span-of-words.ts";
import { splitWords } from "./split-words.ts";

const TEXT = "In 1786, 威廉·瓊斯 spoke.";

test.each([
  ["1786", { first: 1, last: 1 }],
  ["178", { first: 1, last: 1 }],
  [" ", undefined],
  ["威廉·瓊斯", { first: 3, last: 7 }],
  ["斯 sp", { first: 7, last: 8 }],
  [TEXT, { first: 0, last: 9 }],
])("%j touches the words %j", (part, expected) => {
  const start = TEXT.indexOf(part);
  expect(spanOfWords(splitWords(TEXT), start, start + part.length)).toEqual(expected);
});

test("a part of no length, and one beyond the text, touch none", () => {
  expect(spanOfWords(splitWords(TEXT), 3, 3)).toBeUndefined();
  expect(spanOfWords(splitWords(TEXT), 90, 99)).toBeUndefined();
});

test("the words from one to another touch just these", () => {
  const words = splitWords(TEXT);
  fc.assert(
    fc.property(fc.nat(words.length - 1), fc.nat(words.length - 1), (a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      expect(spanOfWords(words, words[first]?.start as number, words[last]?.end as number)).toEqual({ first, last });
    }),
  );
});
