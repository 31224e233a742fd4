import { useBackend, valueAndGrad } from "@refrain/core";
import { conv2d, type Scalar, sum, type Tensor, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { pictureWindows } from "./picture-windows.ts";

describe.each(BACKENDS)("pictureWindows on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("are what a convolution of 4 × 4 with stride 2 looks through", () => {
    const picture = some([2, 6, 4, 3], 1) as Tensor4D,
      filter = some([4, 4, 3, 5], 2) as Tensor4D;
    const windows = pictureWindows(picture);
    expect(windows.shape).toEqual([2, 3, 2, 48]);
    // A window's features: quarter by quarter, in each pixel by pixel.
    const both = [0, 1];
    const pixels = both.flatMap((row) => both.flatMap((column) => both.flatMap((y) => both.map((x) => [2 * row + y, 2 * column + x] as const))));
    const weights = filter.arraySync();
    const byFeature = pixels.flatMap(([y, x]) => weights[y]?.[x] as number[][]);
    const found = windows
      .arraySync()
      .flat(2)
      .flatMap((window) => [0, 1, 2, 3, 4].map((out) => window.reduce((total, value, i) => total + value * (byFeature[i]?.[out] as number), 0)));
    expectClose(found, conv2d(picture, filter, 2, 1).dataSync(), 2e-5);
  });

  it("have true gradients and leak nothing", () => {
    const picture = some([1, 4, 2, 2], 3);
    expectTrueGradients((x: Tensor) => pictureWindows(x as Tensor4D), picture);
    expectNoLeak(() => tidy(() => void valueAndGrad((x: Tensor) => sum(pictureWindows(x as Tensor4D)) as Scalar)(picture)));
  });
});

describe("pictureWindows", () => {
  it("are the same on simd and on cpu", async () => {
    await expectSameOnBoth(useBackend, () => pictureWindows(some([3, 8, 6, 4], 1) as Tensor4D));
  });
});
