import { useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, sum, type Tensor, type Tensor4D, tidy, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { locations } from "./locations.ts";
import { picturePositions } from "./picture-positions.ts";
import { weightsAsPicture } from "./weights-as-picture.ts";

describe.each(BACKENDS)("locations on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("are the picture's places row by row, and weights over them go back to where they belong", () => {
    const picture = some([2, 3, 4, 5], 1) as Tensor4D;
    const memory = locations(picture);
    expect(memory.shape).toEqual([2, 12, 5]);
    expect(memory.arraySync()[1]?.[1 * 4 + 2]).toEqual(picture.arraySync()[1]?.[1]?.[2]);
    const weights = some([2, 7, 12], 2);
    const pictures = weightsAsPicture(weights, 3, 4);
    expect(pictures.shape).toEqual([2, 7, 3, 4]);
    expect((pictures.arraySync() as number[][][][])[1]?.[5]?.[2]?.[3]).toBe((weights.arraySync() as number[][][])[1]?.[5]?.[2 * 4 + 3]);
  });

  it("know their row by the first half of the features and their column by the second", () => {
    const found = picturePositions(3, 2, 8).arraySync();
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 2; column++) {
        const told = (place: number) => [0, 1].flatMap((pair) => [Math.sin, Math.cos].map((f) => f(place / 10_000 ** ((2 * pair) / 4))));
        expectClose(found[row * 2 + column] as number[], [...told(row), ...told(column)]);
      }
    const picture = some([2, 3, 2, 8], 1) as Tensor4D;
    const [plain, told] = [locations(picture), locations(picture, { positions: "sinusoidal" })].map((x) => [...x.dataSync()]) as [number[], number[]];
    expectClose(
      told,
      plain.map((value, i) => value + (found.flat()[i % 48] as number)),
    );
  });

  it("have true gradients", () => {
    for (const positions of ["none", "sinusoidal"] as const)
      expectTrueGradients((picture: Tensor) => locations(picture as Tensor4D, { positions }), some([1, 2, 3, 4], 1));
    expectTrueGradients((weights: Tensor) => weightsAsPicture(weights, 2, 3), some([2, 6], 1));
  });

  it("leak nothing", () => {
    const picture = some([1, 2, 2, 4], 1),
      weights = some([3, 4], 1);
    expectNoLeak(() => tidy(() => void valueAndGrad((x: Tensor) => sum(locations(x as Tensor4D, { positions: "sinusoidal" })) as Scalar)(picture)));
    expectNoLeak(() => weightsAsPicture(weights, 2, 2).dispose());
    expectNoLeak(() => tidy(() => void picturePositions(2, 3, 4)));
  });
});

describe("locations", () => {
  it("are the same on simd and on cpu", async () => {
    await expectSameOnBoth(useBackend, () => [
      locations(some([2, 3, 4, 8], 1) as Tensor4D, { positions: "sinusoidal" }),
      weightsAsPicture(some([2, 6], 1), 3, 2),
    ]);
  });

  it("refuse what does not fit", () => {
    expect(() => locations(zeros([1, 2, 2, 6]), { positions: "sinusoidal" })).toThrow(
      "picturePositions: the features must be divisible by 4, pairs for rows and pairs for columns, but are 6.",
    );
    expect(() => locations(zeros([1, 2, 2, 6]), { positions: "learned" as never })).toThrow('positions must be "none" or "sinusoidal", but is "learned"');
    expect(() => weightsAsPicture(zeros([1, 7]), 2, 3)).toThrow("weightsAsPicture: 2 × 3 locations must have as many weights, but the weights are [1,7].");
  });
});
