import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalize } from "./normalize.ts";
import { restoreTokenizer } from "./restore-tokenizer.ts";
import { splitWords } from "./split-words.ts";
import { wordTokenizer, wordVocabulary } from "./word-tokenizer.ts";

const texts = fc.string({ unit: fc.constantFrom("a", "B", "É", "e\u0301", "İ", "ß", "7", "詩", "。", " ", "\n", "\r\n", "\uFEFF") });
const wordsOf = (text: string) => splitWords(normalize(text)).map((word) => word.text);

describe("a tokenizer of words", () => {
  test("numbers its words from 1, in the order given; 0 stands for the unknown", () => {
    const tokenizer = wordTokenizer(["moved", "Mary", "."]);
    expect([...tokenizer.encode("Mary moved there.")]).toEqual([2, 1, 0, 3]);
    expect([...tokenizer.encodeWords(["Mary", "mary", "moved there"])]).toEqual([2, 0, 0]);
    expect(tokenizer.decode([2, 1, 0, 3])).toBe("Mary moved \uFFFD .");
    expect(tokenizer).toMatchObject({ kind: "word", size: 4, unknown: 0, words: ["moved", "Mary", "."] });
  });

  test("reads large letters as small ones where it shall, and accented ones however they are written", () => {
    const tokenizer = wordTokenizer(["mary", "é"], { lowercase: true });
    expect([...tokenizer.encode("MARY Mary É E\u0301 e\u0301")]).toEqual([1, 1, 2, 2, 2]);
  });

  test("names the words that it lacks, each once, in the order they come", () => {
    expect(wordTokenizer(["a", "."]).missing("b a. c, b A")).toEqual(["b", "c", ",", "A"]);
    expect(wordTokenizer(["a", "b"], { lowercase: true }).missing("B A C c")).toEqual(["c"]);
  });

  test("writes back the words of every text over its vocabulary", () => {
    fc.assert(
      fc.property(texts, texts, (text, more) => {
        const tokenizer = wordTokenizer(wordVocabulary([...wordsOf(text), ...wordsOf(more)]));
        expect(tokenizer.missing(text)).toEqual([]);
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(wordsOf(text).join(" "));
      }),
    );
  });

  test("comes back from its JSON", () => {
    fc.assert(
      fc.property(texts, texts, fc.boolean(), (known, text, lowercase) => {
        const tokenizer = wordTokenizer(wordVocabulary(wordsOf(known), { lowercase }), { lowercase });
        const again = restoreTokenizer(JSON.parse(JSON.stringify(tokenizer)));
        expect([again.kind, again.size]).toEqual(["word", tokenizer.size]);
        expect(again.encode(text)).toEqual(tokenizer.encode(text));
        expect(again.toJSON()).toEqual(tokenizer.toJSON());
      }),
    );
  });

  test.each([
    [["a", ""], {}],
    [["a\nb"], {}],
    [["e\u0301"], {}],
    [["A"], { lowercase: true }],
  ])("refuses the vocabulary %j with %j", (words, options) => {
    expect(() => wordTokenizer(words, options)).toThrow(
      /is no word of a vocabulary: it must not be empty, have no line break, and be (in small letters and )?in/,
    );
  });

  test("refuses a word that comes twice", () => {
    expect(() => wordTokenizer(["a", "b", "a"])).toThrow("wordTokenizer: a word comes twice in the vocabulary.");
  });
});

describe("the vocabulary of words", () => {
  test("is in order, each word once, without those that come too seldom", () => {
    expect(wordVocabulary(["詩", "b", "a", "B", "b", "é", "e\u0301"])).toEqual(["B", "a", "b", "é", "詩"]);
    expect(wordVocabulary(["詩", "b", "a", "B", "b", "é", "e\u0301"], { minCount: 2 })).toEqual(["b", "é"]);
    expect(wordVocabulary(["b", "B", "É", "e\u0301", "a"], { minCount: 2, lowercase: true })).toEqual(["b", "é"]);
    expect(wordVocabulary([])).toEqual([]);
  });
});
