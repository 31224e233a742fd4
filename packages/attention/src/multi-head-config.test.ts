import { key, useBackend } from "@refrain/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { multiHead } from "./multi-head.ts";
import type { MultiHeadConfig } from "./multi-head-config.ts";
import { OPTIONS, optionInput, someParams } from "./multi-head.test-helper.ts";

describe("a multiHead's config", () => {
  it.each(OPTIONS)("builds the same layer again: %s", async (...option) => {
    await useBackend("simd");
    const layer = multiHead(option[1]);
    const again = multiHead(JSON.parse(JSON.stringify(layer.config)) as MultiHeadConfig);
    const params = someParams(option[1], 1),
      input = { ...optionInput(option), weights: true };
    const numbers = (made: typeof layer) => {
      const { output, weights } = made.apply(params, input, { training: key(1) });
      return [output, weights as Tensor].map((part) => [...part.dataSync()]);
    };
    expect(numbers(again)).toEqual(numbers(layer));
    expect(again.config).toEqual(layer.config);
    expect(layer.kind).toBe("multi-head");
  });

  it.each<[Partial<MultiHeadConfig>, string]>([
    [{ features: 0 }, "features must be a whole number of at least 1, but is 0"],
    [{ heads: 1.5 }, "heads must be a whole number of at least 1, but is 1.5"],
    [{ keyValueHeads: -1 }, "keyValueHeads must be a whole number of at least 1, but is -1"],
    [{ keyFeatures: Number.NaN }, "keyFeatures must be a whole number of at least 1, but is NaN"],
    [{ heads: 3 }, "the heads must divide the features, but 3 heads do not divide 8"],
    [{ heads: 4, keyValueHeads: 3 }, "each key/value head must serve as many heads, but 3 do not divide 4 heads"],
    [{ window: 2 }, "a window reaches back from each place, so it needs causal: true"],
    [{ causal: true, window: -1 }, "the window must be a whole number of at least 1, but is -1"],
    [{ positions: "learned" as never }, 'positions must be "none", "rotary" or "alibi", but is "learned"'],
    [{ rotaryPairs: "quarter" as never }, 'rotaryPairs must be "interleaved" or "half", but is "quarter"'],
    [{ heads: 8, positions: "rotary" }, "a head must have an even number of them, but has 1"],
    [{ dropout: 1 }, "the rate must be at least 0 and under 1, but is 1"],
  ])("refuses %j", (wrong, message) => {
    expect(() => multiHead({ features: 8, heads: 2, ...wrong })).toThrow(message);
  });
});
