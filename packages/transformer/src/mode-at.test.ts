import { key } from "@refrain/core";
import { expect, it } from "vitest";
import { modeAt } from "./mode-at.ts";

it("modeAt gives each part a key of its own while training, and leaves inference alone", () => {
  const mode = { training: key(1) };
  expect(modeAt("inference", 3)).toBe("inference");
  expect(modeAt(mode, 0)).toEqual(modeAt(mode, 0));
  const keys = [0, 1, 2].map((place) => JSON.stringify(modeAt(mode, place)));
  expect(new Set([...keys, JSON.stringify(mode)]).size).toBe(4);
});
