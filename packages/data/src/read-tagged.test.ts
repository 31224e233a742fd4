import fc from "fast-check";
import { expect, test } from "vitest";
import { readTagged } from "./read-tagged.ts";

test("a line is a sentence of words with their tags, whatever ends it", () => {
  expect(readTagged("\uFEFFthe/DET cat/NOUN\r\n\r\n子/NOUN 曰/VERB\n")).toEqual([
    { words: ["the", "cat"], tags: ["DET", "NOUN"] },
    { words: ["子", "曰"], tags: ["NOUN", "VERB"] },
  ]);
  expect(readTagged("")).toEqual([]);
});

test("a word may have slashes, and spaces may come twice", () => {
  expect(readTagged(" 1/2/NUM  //PUNCT and/or/CCONJ ")).toEqual([{ words: ["1/2", "/", "and/or"], tags: ["NUM", "PUNCT", "CCONJ"] }]);
});

test("what is written is read", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "/", "詩", ".", "é"), minLength: 1 });
  const tag = fc.constantFrom("NOUN", "VERB", "X");
  const sentences = fc.array(
    fc.array(fc.tuple(name, tag), { minLength: 1 }).map((pairs) => ({ words: pairs.map(([word]) => word), tags: pairs.map(([, own]) => own) })),
  );
  fc.assert(
    fc.property(sentences, (written) => {
      const text = written.map(({ words, tags }) => words.map((word, i) => `${word}/${tags[i]}`).join(" ")).join("\n");
      expect(readTagged(text)).toEqual(written);
    }),
  );
});

test.each([
  ["a/X\nthe cat/NOUN", 'line 2 has "the"'],
  ["cat/", 'line 1 has "cat/"'],
  ["/NOUN", 'line 1 has "/NOUN"'],
])("%j is refused, with its line", (text, message) => {
  expect(() => readTagged(text)).toThrow(`readTagged: each word must stand with its tag, as in "cat/NOUN", but ${message}.`);
});
