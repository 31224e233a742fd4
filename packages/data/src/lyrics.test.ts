import { expect, test } from "vitest";
import { charTokenizer, charVocabulary } from "./char-tokenizer.ts";
import { defaultLyrics } from "./lyrics.ts";
import { normalize } from "./normalize.ts";

test("the lyrics are 1,237 songs of 92,307 characters, 3,486 different ones", () => {
  expect(defaultLyrics.trim().split(/\n{2,}/).length).toBe(1237);
  expect([...defaultLyrics].length).toBe(92_307);
  expect(charVocabulary(defaultLyrics).length).toBe(3486);
});

test("the lyrics are normalized: a sentence a line, one blank line between songs, nothing around a line", () => {
  expect(normalize(defaultLyrics)).toBe(defaultLyrics);
  expect(defaultLyrics).toMatch(/^\S/);
  expect(defaultLyrics).toMatch(/\S\n$/);
  expect(defaultLyrics).not.toMatch(/\n{3}|[^\S\n]/);
});

test("the lyrics are all in their own vocabulary", () => {
  const tokenizer = charTokenizer(charVocabulary(defaultLyrics));
  const tokens = tokenizer.encode(defaultLyrics);
  expect(tokens.includes(tokenizer.unknown)).toBe(false);
  expect(tokenizer.decode(tokens)).toBe(defaultLyrics);
});
