import { affine, dense, type DenseParams, generator, key, leaves, mapTree, useBackend, valueAndGrad } from "@refrain/core";
import { argMax, cast, logSoftmax, mean, mul, neg, oneHot, type Scalar, sum, tensor, tensor2d, type Tensor3D, tensor4d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { AttendingDecoderParams } from "./attending-contract.ts";
import { attendingDecoder } from "./attending-decoder.ts";
import { locations } from "./locations.ts";
import { toyCell, type ToyParams } from "./toy-cell.test-helper.ts";
import { weightsAsPicture } from "./weights-as-picture.ts";

const SIDE = 4,
  COLOURS = 3,
  THINGS = 2,
  FEATURES = COLOURS + THINGS,
  BATCH = 16;

type Params = { readonly decoder: AttendingDecoderParams<ToyParams>; readonly head: DenseParams };

/**
 * Pictures of coloured places, at two of which there is a thing: the first somewhere in the upper half, the second in the lower. A caption
 * names the colour of the first thing's place, then that of the second's: who does not look there sees other colours.
 */
function somePictures(seed: number) {
  const random = generator(key(seed));
  const below = (limit: number) => Math.floor(random() * limit);
  const colours = Array.from({ length: BATCH * SIDE * SIDE }, () => below(COLOURS));
  const numbers = new Float32Array(colours.length * FEATURES);
  colours.forEach((colour, place) => {
    numbers[place * FEATURES + colour] = 1;
  });
  const captions = Array.from({ length: BATCH }, (_, picture) =>
    Array.from({ length: THINGS }, (_, thing) => {
      const [row, column] = [(thing * SIDE) / 2 + below(SIDE / 2), below(SIDE)];
      const place = (picture * SIDE + row) * SIDE + column;
      numbers[place * FEATURES + COLOURS + thing] = 2;
      return { row, column, colour: colours[place] as number };
    }),
  );
  const words = captions.map((caption) => caption.map(({ colour }) => colour));
  // What each step reads: the mark of a caption's beginning, then the word before.
  const read = words.map(([first]) => [COLOURS, first as number]);
  return {
    captions,
    memory: locations(tensor4d(numbers, [BATCH, SIDE, SIDE, FEATURES])),
    x: cast(oneHot(tensor2d(read, [BATCH, THINGS], "int32"), COLOURS + 1), "float32") as Tensor3D,
    targets: oneHot(tensor2d(words, [BATCH, THINGS], "int32"), COLOURS),
  };
}

// The net of Show, Attend and Tell (Xu et al. 2015), but for its cell.
const decoder = attendingDecoder(toyCell(COLOURS + 1 + FEATURES, 16), { memoryFeatures: FEATURES, similarity: "additive", query: "last" });
const head = dense({ inputs: decoder.outputSize, outputs: COLOURS });

function loss(params: Params, seed: number): Scalar {
  const { x, memory, targets } = somePictures(seed);
  const logits = affine(decoder.apply(params.decoder, { x, memory }).outputs, params.head);
  return neg(mean(sum(mul(logSoftmax(logits), targets), -1))) as Scalar;
}

/** Adam (Kingma and Ba 2015) in plain numbers, with new pictures at each step. */
function train(params: Params, steps: number, rate: number): Params {
  const moments = leaves(params).map(({ size }) => ({ first: new Float64Array(size), second: new Float64Array(size) }));
  for (let step = 1; step <= steps; step++) {
    const gradients = tidy(() => leaves(valueAndGrad(loss)(params, step).gradients).map((leaf) => leaf.dataSync<"float32">()));
    let at = 0;
    params = mapTree(params, (leaf) => {
      const [{ first, second }, slopes] = [moments[at] as (typeof moments)[number], gradients[at] as Float32Array];
      at++;
      const next = leaf.dataSync<"float32">().map((value, i) => {
        const slope = slopes[i] as number;
        first[i] = 0.9 * (first[i] as number) + 0.1 * slope;
        second[i] = 0.999 * (second[i] as number) + 0.001 * slope ** 2;
        return value - (rate * (first[i] as number)) / (1 - 0.9 ** step) / (Math.sqrt((second[i] as number) / (1 - 0.999 ** step)) + 1e-8);
      });
      leaf.dispose();
      return tensor(next, leaf.shape);
    });
  }
  return params;
}

describe("an attending decoder over pictures", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("learns to look at what each word of a caption names", () => {
    const params = train({ decoder: decoder.init(key(1)), head: head.init(key(2)) }, 200, 0.02);
    const { captions, x, memory } = somePictures(1000);
    const { outputs, weights } = decoder.apply(params.decoder, { x, memory });
    expect(argMax(affine(outputs, params.head), -1).arraySync()).toEqual(captions.map((caption) => caption.map(({ colour }) => colour)));
    const looks = weightsAsPicture(weights, SIDE, SIDE).arraySync() as number[][][][];
    captions.forEach((caption, picture) =>
      caption.forEach(({ row, column }, word) => {
        const look = looks[picture]?.[word] as number[][];
        expect(look[row]?.[column]).toBe(Math.max(...look.flat()));
        expect(look[row]?.[column]).toBeGreaterThan(0.5);
      }),
    );
  }, 60_000);
});
