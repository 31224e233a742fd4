import { disposeTree, generator, key, useBackend } from "@refrain/core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { caption } from "./caption.ts";
import { captioner, type CaptionerParams } from "./captioner.ts";
import { type CaptionedPictures, captionerObjective } from "./captioner-objective.ts";
import { learn } from "./learn.test-helper.ts";

const SIDE = 16,
  SQUARE = 4,
  ROWS = 16;
const COLOURS = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [1, 1, 0],
  [0, 1, 1],
] as const;
const [START, END] = [COLOURS.length, COLOURS.length + 1];

/** Where a caption's word belongs: the row and the column of a square, counted in squares, and its colour. */
type Thing = { readonly row: number; readonly column: number; readonly colour: number };

/** Pictures of two squares of different colours on black, one in the upper half and one in the lower; the caption names them in that order. */
function drawn(seed: number, rows: number): CaptionedPictures & { readonly things: readonly (readonly Thing[])[] } {
  const random = generator(key(seed));
  const below = (limit: number) => Math.floor(random() * limit);
  const things = Array.from({ length: rows }, () => {
    const first = below(COLOURS.length),
      second = (first + 1 + below(COLOURS.length - 1)) % COLOURS.length;
    return [first, second].map((colour, half) => ({ row: 2 * half + below(2), column: below(SIDE / SQUARE), colour }));
  });
  const pictures = new Float32Array(rows * SIDE * SIDE * 3);
  things.forEach((both, picture) => {
    for (const { row, column, colour } of both)
      for (let pixel = 0; pixel < SQUARE * SQUARE; pixel++) {
        const [y, x] = [row * SQUARE + Math.floor(pixel / SQUARE), column * SQUARE + (pixel % SQUARE)];
        pictures.set(COLOURS[colour] as readonly number[], ((picture * SIDE + y) * SIDE + x) * 3);
      }
  });
  const words = things.map((both) => both.map(({ colour }) => colour));
  return {
    rows,
    time: 3,
    pictures,
    inputs: Int32Array.from(words.flatMap((all) => [START, ...all])),
    targets: Int32Array.from(words.flatMap((all) => [...all, END])),
    things,
  };
}

describe.each([1,2,3].flatMap(seed=>["additive","general"].map(sim=>[seed,sim] as const)))("a captioner %d %s", (SEED, SIM) => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("learns to write what it sees, each word looking at what it names", () => {
    const sizes = { height: SIDE, width: SIDE, channels: 3, convolutions: [16], vocabulary: COLOURS.length + 2, embedding: 8, hidden: 32 };
    const model = captioner({ ...sizes, start: START, end: END, cell: "gru", similarity: SIM });
    const objective = captionerObjective(model);
    const loss = (own: CaptionerParams, step: number) => objective(own, drawn(step, ROWS), { training: key(step) }).value as Scalar;
    const params = learn(loss, model.init(key(SEED)), { steps: 300, rate: 0.01 });
    const size = SIDE * SIDE * 3;
    const { pictures, things } = drawn(100_000, 40);
    const squareOf = (place: number) => Math.floor(place / (model.places.width / (SIDE / SQUARE)));
    let right=0,peaks=0;
    things.forEach((both, i) => {
      const { tokens, weights } = caption(model, params, pictures.subarray(i * size, (i + 1) * size), { length: 4, weights: true });
      if (tokens.join()===both.map(({ colour }) => colour).join()) right++;
      both.forEach(({ row, column }, word) => {
        const look = weights?.[word] as number[][];
        if(!look) return;
        const highest = Math.max(...look.flat());
        const peak = look.findIndex((places) => places.includes(highest));
        if (squareOf(peak)===row && squareOf((look[peak] as number[]).indexOf(highest))===column) peaks++;
      });
    });
    console.log("R", SEED, SIM, right, peaks);
    disposeTree(params);
  }, 60_000);
});
