import { expect, test } from "vitest";
import { readBabi } from "./read-babi.ts";

const TEXT = `1 Ann went up.
2 Bob went down.
3 Where is Ann? \tup\t1
4 Ann took the cup.
5 Ann took the pen.
6 What has Ann?\tcup,pen\t5 4
1 Cats eat mice.
2 Who eats mice?\tcat\t1
`;

test("each question comes with its story so far, its answer and the sentences that support it", () => {
  const story = ["Ann went up.", "Bob went down.", "Ann took the cup.", "Ann took the pen."];
  expect(readBabi(TEXT)).toEqual([
    { story: story.slice(0, 2), question: "Where is Ann?", answer: ["up"], supporting: [0] },
    { story, question: "What has Ann?", answer: ["cup", "pen"], supporting: [3, 2] },
    { story: ["Cats eat mice."], question: "Who eats mice?", answer: ["cat"], supporting: [0] },
  ]);
  expect(readBabi(TEXT.replaceAll("\n", "\r\n"))).toEqual(readBabi(TEXT));
  expect(readBabi("")).toEqual([]);
});

test.each([
  ["1 A.\n3 B.", 'each line must begin with its number, which counts from 1 in each story, but line 2 is "3 B.".'],
  ["2 A.", 'but line 1 is "2 A.".'],
  ["1 A.\nB.", 'but line 2 is "B.".'],
  ["1 ", 'but line 1 is "1 ".'],
  ["1 A.\n2 B?\tb", "each question must have an answer and the lines that support it, parted by tabs, but line 2 is"],
  ["1 A.\n2 B?\t\t1", "each question must have an answer"],
  ["1 A.\n2 B?\tb\t1\t1", "each question must have an answer"],
  ["1 A.\n2 B?\tb\t3\n3 C.", "each question must be supported by sentences of its story before it, but line 2 is"],
  ["1 A.\n2 B?\tb\t1\n3 C?\tc\t2", "each question must be supported by sentences of its story before it, but line 3 is"],
])("%j is refused, with its line", (text, message) => {
  expect(() => readBabi(text)).toThrow(message);
});
