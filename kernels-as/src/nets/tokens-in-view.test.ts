import fc from "fast-check";
import { expect, test } from "vitest";
import { tokensInView } from "./tokens-in-view.ts";

test("what is in view are the last tokens, from half of the context to all of it, however they came", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }), (context, tokens) => {
      let view: readonly number[] = [];
      for (const [i, token] of tokens.entries()) {
        const next = tokensInView(view, [token], context);
        expect(next.anew).toBe(view.length === context);
        view = next.tokens;
        expect(view.length).toBeLessThanOrEqual(context);
        expect(view.length).toBeGreaterThanOrEqual(Math.min(i + 1, Math.max(1, Math.floor(context / 2))));
        expect(view).toEqual(tokens.slice(i + 1 - view.length, i + 1));
      }
      expect(tokensInView([], tokens, context).tokens).toEqual(view);
    }),
  );
});

test("without a limit nothing need be kept", () => {
  expect(tokensInView([1], [2], undefined)).toEqual({ tokens: [], anew: false });
});
