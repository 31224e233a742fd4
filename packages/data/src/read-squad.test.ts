import { expect, test } from "vitest";
import { readSquad } from "./read-squad.ts";

type Answer = { readonly text: string; readonly answer_start: number };

/** A file of one question, about a text of characters within and beyond 16 bits. */
const file = (answers: readonly Answer[], context = "𡨸喃寫在紙上。") =>
  JSON.stringify({ version: "1.3", data: [{ title: "喃字", paragraphs: [{ context, qas: [{ id: "7-1", question: "寫在哪裡？", answers }] }] }] });

test("a question comes with its passage and where its answers stand, in UTF-16 units", () => {
  const [asked, ...more] = readSquad(
    file([
      { text: "紙上", answer_start: 4 },
      { text: "𡨸喃", answer_start: 0 },
    ]),
  );
  expect(more).toEqual([]);
  expect(asked).toEqual({
    id: "7-1",
    title: "喃字",
    passage: "𡨸喃寫在紙上。",
    question: "寫在哪裡？",
    answers: [
      { text: "紙上", start: 5 },
      { text: "𡨸喃", start: 0 },
    ],
  });
  for (const { text, start } of asked?.answers ?? []) expect(asked?.passage.slice(start, start + text.length)).toBe(text);
});

test("a question may have no answer, and a file none", () => {
  expect(readSquad(file([]))[0]?.answers).toEqual([]);
  expect(readSquad('{"data":[]}')).toEqual([]);
});

test("passages stay as they are written", () => {
  expect(readSquad(file([{ text: "e", answer_start: 0 }], "e\u0301\r\n"))[0]?.passage).toBe("e\u0301\r\n");
});

test.each([
  ["{", "the text must be JSON in the format of SQuAD, but is no JSON."],
  ["[]", "the file must be an object, but is a list."],
  ["{}", '"data" of the file must be a list, but is undefined.'],
  ['{"data":[null]}', "article 1 must be an object, but is null."],
  ['{"data":[{"title":"A","paragraphs":[{"context":3}]}]}', '"context" of a paragraph of "A" must be a string, but is number.'],
  [file([{ text: "紙上", answer_start: 5 }]), 'an answer to 7-1 must stand in its passage at character 5, but "紙上" does not.'],
  [file([{ text: "上", answer_start: 99 }]), "at character 99"],
  [file([{ text: "上" } as Answer]), "at character undefined"],
])("%j is refused", (json, message) => {
  expect(() => readSquad(json)).toThrow(`${message}`);
});
