import { key, useBackend } from "@refrain/core";
import { banned } from "@refrain/losses/sampling";
import { tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak } from "@refrain-tests/checks";
import { caption } from "./caption.ts";
import { captioner } from "./captioner.ts";
import { CAPTIONER, CAPTIONERS, somePictures, stirredCaptioner } from "./captioner.test-helper.ts";

describe.each(BACKENDS)("caption on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CAPTIONERS)("shows as a picture where each word looked: %s", (_, config) => {
    const model = captioner(config),
      params = stirredCaptioner(config),
      picture = somePictures(config, 1);
    const options = { length: 3, beams: 3, constraints: [banned([config.end])] };
    const { tokens, stopped, weights } = caption(model, params, picture.dataSync(), { ...options, weights: true });
    expect([tokens.length, stopped]).toEqual([3, false]);
    const target = tensor2d([config.start, ...tokens.slice(0, -1)], [1, 3], "int32");
    const expected = model.apply(params, { picture, target, weights: true }).weights as Tensor3D;
    const { height, width } = model.places;
    expect(weights?.map((rows) => rows.map((row) => row.length))).toEqual(tokens.map(() => new Array(height).fill(width)));
    expectClose((weights as number[][][]).flat(2), expected.dataSync(), 2e-5);
    expect("weights" in caption(model, params, picture.dataSync(), options)).toBe(false);
  });

  it.each(CAPTIONERS)("gives all memory back, whatever comes of it: %s", (_, config) => {
    const model = captioner(config),
      params = stirredCaptioner(config),
      picture = somePictures(config, 1).dataSync();
    expectNoLeak(() => void caption(model, params, picture, { length: 3, beams: 2, weights: true }));
    expectNoLeak(() => expect(() => caption(model, params, picture, { length: 0 })).toThrow("length must be a whole number of at least 1"));
  });

  it("refuses a picture of another size", () => {
    const model = captioner(CAPTIONER);
    expect(() => caption(model, model.init(key(1)), new Float32Array(47), { length: 2 })).toThrow(
      new RangeError("caption: a picture of 4 × 6 × 2 has 48 numbers, but 47 were given."),
    );
  });
});
