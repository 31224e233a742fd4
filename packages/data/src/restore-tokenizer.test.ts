import { describe, expect, test } from "vitest";
import { charTokenizer } from "./char-tokenizer.ts";
import { restoreTokenizer } from "./restore-tokenizer.ts";

describe("a tokenizer's JSON", () => {
  test("of characters builds it again", () => {
    const tokenizer = charTokenizer(["詩", "\n", "𠮷"]);
    const again = restoreTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    expect(again.kind).toBe("char");
    expect([...again.encode("𠮷詩\n")]).toEqual([3, 1, 2]);
  });

  // Those of words come back in word-tokenizer.test.ts.

  test.each([
    [{ kind: "hugging-face", json: "{}" }, 'its kind is "hugging-face".'],
    [{ kind: "word" }, 'its kind is "word".'],
    [{ kind: "word", words: "a", letters: "upper" }, 'its kind is "word".'],
    [{ kind: "char", characters: ["a"] }, 'its kind is "char".'],
    ["word", "its kind is undefined."],
    [null, "its kind is undefined."],
  ])("%j builds none", (json, message) => {
    expect(() => restoreTokenizer(json)).toThrow(`restoreTokenizer: this is not what a tokenizer of kind "char" or "word" gives as JSON: ${message}`);
  });
});
