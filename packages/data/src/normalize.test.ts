import fc from "fast-check";
import { expect, test } from "vitest";
import { normalize } from "./normalize.ts";

test("accents that are letters of their own are joined to their letter", () => {
  expect(normalize("e\u0301")).toBe("é");
  expect(normalize("\u1112\u1161\u11AB")).toBe("한");
});

test("line ends of Windows and of old Macs become \\n", () => {
  expect(normalize("一\r\n二\r三\n四\r\n\r\n五\r")).toBe("一\n二\n三\n四\n\n五\n");
});

test("a byte order mark goes from the beginning, and only from there", () => {
  expect(normalize("\uFEFF詩\uFEFF")).toBe("詩\uFEFF");
});

test("the half-width and compatible forms stay as they are", () => {
  expect(normalize("ｱ，ﬁ①")).toBe("ｱ，ﬁ①");
});

test("a text once normalized stays as it is", () => {
  const units = fc.constantFrom("a", "e", "\u0301", "\r", "\n", "詩", "𠮷", "\u212B", "\u0958");
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: units })), (text) => {
      const once = normalize(text.replaceAll("\uFEFF", ""));
      expect(normalize(once)).toBe(once);
      expect(once).not.toContain("\r");
    }),
  );
});
