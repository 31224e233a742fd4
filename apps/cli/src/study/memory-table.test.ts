import { expect, test } from "vitest";
import { memoryTable } from "./memory-table.ts";

const curve = (name: string, length: number, weight: number, unit: number) => ({
  name,
  unit,
  norms: Array.from({ length: length + 1 }, (_, distance) => unit * weight ** distance),
});

test("shows each norm relative to its cell's unit, at distances a person would choose and at the farthest", () => {
  expect(memoryTable([curve("rnn", 130, 0.5, 0.25), { ...curve("lstm c", 130, 0.99, 2), unit: 4 }])).toBe(
    [
      "    distance         rnn      lstm c",
      "        unit      0.2500       4.000",
      "           0       1.000      0.5000",
      "           1      0.5000      0.4950",
      "           2      0.2500      0.4900",
      "           5     0.03125      0.4755",
      "          10     9.77e-4      0.4522",
      "          20     9.54e-7      0.4090",
      "          50    8.88e-16      0.3025",
      "         100    7.89e-31      0.1830",
      "         130    7.35e-40      0.1354",
    ].join("\n"),
  );
});

test("names a farthest distance once where it is one of those", () => {
  const distances = (length: number) =>
    memoryTable([curve("gru", length, 1, 1)])
      .split("\n")
      .slice(2)
      .map((line) => Number(line.slice(0, 12)));
  expect(distances(2)).toEqual([0, 1, 2]);
  expect(distances(10)).toEqual([0, 1, 2, 5, 10]);
  expect(distances(12)).toEqual([0, 1, 2, 5, 10, 12]);
});

test("shows a gradient that is gone as 0", () => {
  expect(
    memoryTable([{ name: "rnn", norms: [1, 0], unit: 1 }])
      .split("\n")
      .at(-1),
  ).toBe("           1           0");
});
