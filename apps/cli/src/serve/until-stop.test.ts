import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { untilStop } from "./until-stop.ts";

/** What is shown of a text that comes in pieces. */
function shown(pieces: readonly string[], stops: readonly string[]): string {
  const stopper = untilStop(stops);
  let text = "";
  for (const piece of pieces) {
    const step = stopper.push(piece);
    text += step.text;
    if (step.stopped) return text;
  }
  return text + stopper.rest();
}

describe("untilStop", () => {
  it("shows at once what cannot begin a string to stop at, and holds back what may", () => {
    const stopper = untilStop(["abc"]);
    expect(stopper.push("xa")).toEqual({ text: "x", stopped: false });
    expect(stopper.push("b")).toEqual({ text: "", stopped: false });
    expect(stopper.push("a")).toEqual({ text: "ab", stopped: false });
    expect(stopper.push("bcd")).toEqual({ text: "", stopped: true });
  });

  it("gives back what it held when the text ends otherwise", () => {
    expect(shown(["a", "b"], ["abc"])).toBe("ab");
  });

  it("ends before the first of several strings", () => {
    expect(shown(["夢山。\n月"], ["月", "。", "\n\n"])).toBe("夢山");
  });

  it("shows the same, however the text is cut into pieces", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(letters), stops, (pieces, all) => {
        const text = pieces.join("");
        // One character at a time, the string that is whole first ends it.
        const ends = all.map((stop) => [text.indexOf(stop) + stop.length, text.indexOf(stop)] as const).filter(([, at]) => at >= 0);
        const [end] = ends.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(shown([...text], all)).toBe(end ? text.slice(0, end[1]) : text);
      }),
    );
  });
});
