import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charTokenizer, charVocabulary } from "./char-tokenizer.ts";
import { normalize } from "./normalize.ts";

/** Texts with what goes wrong easily: astral characters, accents apart, line ends, byte order marks, joined emoji. */
const pieces = fc.constantFrom("詩", "。", "\n", "\r\n", "\r", "𠮷", "👩‍👩‍👧", "e\u0301", "é", "\u0301", "\uFEFF", "\uFFFD", " ", "a", "\u212B", "\u0000");
const texts = fc.oneof(fc.string({ unit: pieces }), fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));

describe("a tokenizer", () => {
  test("numbers its characters from 1, in the order given; 0 stands for the unknown", () => {
    const tokenizer = charTokenizer(["天", "地", "玄"]);
    expect([...tokenizer.encode("地玄天地")]).toEqual([2, 3, 1, 2]);
    expect([...tokenizer.encode("地黃天")]).toEqual([2, 0, 1]);
    expect(tokenizer).toMatchObject({ kind: "char", size: 4, unknown: 0, characters: ["天", "地", "玄"] });
  });

  test("takes a character beyond 16 bits as one", () => {
    const tokenizer = charTokenizer(["𠮷", "😀"]);
    expect([...tokenizer.encode("😀𠮷😁")]).toEqual([2, 1, 0]);
    expect(tokenizer.decode([1, 2])).toBe("𠮷😀");
  });

  test("knows an accented letter however it is written, a line end whatever the system, and no byte order mark", () => {
    const tokenizer = charTokenizer(["\n", "é"]);
    expect([...tokenizer.encode("\uFEFFe\u0301\r\né\ré\n")]).toEqual([2, 1, 2, 1, 2, 1]);
  });

  test("shows what is no token of its own as the replacement character", () => {
    expect(charTokenizer(["a"]).decode([1, 0, 2, -1, 1.5, 1])).toBe("a\uFFFD\uFFFD\uFFFD\uFFFDa");
    expect(charTokenizer(["a"]).decode(Int32Array.of(1, 0))).toBe("a\uFFFD");
  });

  test("names the characters that it lacks, each once, in the order they come", () => {
    const tokenizer = charTokenizer(["a", "é"]);
    expect(tokenizer.missing("c😀a e\u0301c😀")).toEqual(["c", "😀", " "]);
    expect(tokenizer.missing("aé")).toEqual([]);
  });

  test("writes back every text over its vocabulary, normalized", () => {
    fc.assert(
      fc.property(texts, texts, (text, more) => {
        const tokenizer = charTokenizer(charVocabulary(`${text}\n${more}`));
        expect(tokenizer.missing(text)).toEqual([]);
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(normalize(text));
      }),
    );
  });

  test("has a token for each code point of the normalized text, all within its size", () => {
    fc.assert(
      fc.property(texts, texts, (known, text) => {
        const tokenizer = charTokenizer(charVocabulary(known));
        const tokens = tokenizer.encode(text);
        expect(tokens.length).toBe([...normalize(text)].length);
        expect(tokens.every((token) => token >= 0 && token < tokenizer.size)).toBe(true);
        expect(tokens.includes(tokenizer.unknown)).toBe(tokenizer.missing(text).length > 0);
      }),
    );
  });

  test("comes back from its JSON", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const tokenizer = charTokenizer(charVocabulary(text));
        const { kind, characters } = JSON.parse(JSON.stringify(tokenizer)) as { kind: string; characters: string };
        expect(kind).toBe("char");
        expect(charTokenizer([...characters]).characters).toEqual(tokenizer.characters);
      }),
    );
  });

  test.each([[["ab"]], [[""]], [["a", "e\u0301"]], [["👩‍👩‍👧"]]])("refuses %j: not one character each", (characters) => {
    expect(() => charTokenizer(characters)).toThrow(`charTokenizer: ${JSON.stringify(characters.at(-1))} is not one character.`);
  });

  test("refuses a character that comes twice", () => {
    expect(() => charTokenizer(["a", "b", "a"])).toThrow("a character comes twice in the vocabulary");
  });
});

describe("the vocabulary of a text", () => {
  test("is its characters by code point, each once", () => {
    expect(charVocabulary("詩b\r\na😀bｱ詩")).toEqual(["\n", "a", "b", "詩", "ｱ", "😀"]);
    expect(charVocabulary("")).toEqual([]);
  });

  test("leaves out the characters that come too seldom", () => {
    expect(charVocabulary("aaabbc😀😀", 2)).toEqual(["a", "b", "😀"]);
    expect(charVocabulary("aaabbc😀😀", 4)).toEqual([]);
  });

  test("counts an accented letter as one, however it is written", () => {
    expect(charVocabulary("e\u0301é", 2)).toEqual(["é"]);
  });
});
