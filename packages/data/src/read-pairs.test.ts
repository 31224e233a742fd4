import fc from "fast-check";
import { expect, test } from "vitest";
import { readPairs } from "./read-pairs.ts";

test("takes the first two columns of each line where none is asked for", () => {
  expect(readPairs("Hi.\t嗨。\nRun.\t跑！\tCC BY\n")).toEqual([
    { source: "Hi.", target: "嗨。" },
    { source: "Run.", target: "跑！" },
  ]);
});

test("takes columns by their names in the first line, or by their places", () => {
  const poems = "title\tauthor\ttext\n靜夜思\t李白\t牀前明月光\n登鸛雀樓\t王之渙\t白日依山盡\n";
  const expected = [
    { source: "牀前明月光", target: "靜夜思" },
    { source: "白日依山盡", target: "登鸛雀樓" },
  ];
  expect(readPairs(poems, { source: "text", target: "title" })).toEqual(expected);
  expect(readPairs(poems, { source: 2, target: "title" })).toEqual(expected);
  expect(readPairs(poems, { source: 2, target: 0 })).toEqual([{ source: "text", target: "title" }, ...expected]);
});

test("reads lines of every system in Normalization Form C, and no pair from a blank line", () => {
  expect(readPairs("\uFEFFcafe\u0301\t咖啡\r\n\r\n \na\tb")).toEqual([
    { source: "café", target: "咖啡" },
    { source: "a", target: "b" },
  ]);
  expect(readPairs("")).toEqual([]);
  expect(readPairs("source\ttarget\n", { source: "source", target: "target" })).toEqual([]);
});

test("keeps a field that is empty, and whatever else has no tab or line end in it", () => {
  const fields = fc.string({ unit: fc.constantFrom("a", " ", "詩", ",", '"') });
  fc.assert(
    fc.property(fc.array(fc.record({ source: fields.map((text) => `x${text}`), target: fields })), (pairs) => {
      expect(readPairs(pairs.map(({ source, target }) => `${source}\t${target}`).join("\n"))).toEqual(pairs);
    }),
  );
});

test("says which line lacks a column, and which columns there are", () => {
  expect(() => readPairs("a\tb\n\nc d\n")).toThrow(new RangeError('readPairs: every line must have 2 columns, parted by tabs, but pair 2 has 1: "c d".'));
  expect(() => readPairs("text\ttitle\na\tb", { source: "text", target: "headline" })).toThrow(
    new RangeError('readPairs: there is no column "headline"; the first line names "text", "title".'),
  );
  for (const column of [-1, 0.5, Number.NaN])
    expect(() => readPairs("a\tb", { target: column })).toThrow(`readPairs: a column is a whole number of at least 0, or a name, but is ${column}.`);
});
