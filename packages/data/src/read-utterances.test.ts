import { expect, test } from "vitest";
import { readUtterances } from "./read-utterances.ts";

const HEAD = "intent\ttext\tbio\n";

test("a line is an intent, words, and a tag for each word", () => {
  expect(readUtterances(`${HEAD}GetWeather\tRain in New Delhi ?\tO O B-city I-city O\r\n\nPlayMusic\tplay "Jazz"\tO B-genre\n`)).toEqual([
    { intent: "GetWeather", words: ["Rain", "in", "New", "Delhi", "?"], slots: ["O", "O", "B-city", "I-city", "O"] },
    { intent: "PlayMusic", words: ["play", '"Jazz"'], slots: ["O", "B-genre"] },
  ]);
  expect(readUtterances(HEAD)).toEqual([]);
});

test.each([
  ["text\tintent\n", 'the first line must be "intent\\ttext\\tbio", but is "text\\tintent".'],
  [`${HEAD}A\tb c\tO O\nA\tb c\tO\n`, "there must be one tag for each word, but line 3 has 2 words and 1 tags."],
  [`${HEAD}A\tb\n`, 'each line must have an intent, a text and tags, parted by tabs, but line 2 is "A\\tb".'],
  [`${HEAD}A\tb\tO\tO\n`, "but line 2 is"],
  [`${HEAD}\tb\tO\n`, "but line 2 is"],
])("%j is refused", (tsv, message) => {
  expect(() => readUtterances(tsv)).toThrow(message);
});
