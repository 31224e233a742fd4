import { useBackend } from "@refrain/core";
import { tensor1d, type Tensor1D, type Tensor2D, tensor3d, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { allPaths, chains, scoreOf, someParams } from "./chain.test-helper.ts";
import { crf } from "./crf.ts";

const INFINITE = Number.POSITIVE_INFINITY;

describe.each(BACKENDS)("a crf on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("decodes the path that scores highest", () => {
    fc.assert(
      fc.property(chains, ({ tags, time, batch, seed, scale, lengths }) =>
        tidy(() => {
          const emissions = some([batch, time, tags], seed, scale) as Tensor3D,
            params = someParams(tags, seed);
          const decoded = crf({ tags }).decode(params, emissions, lengths);
          expect(decoded.map((path) => path.length)).toEqual(lengths ?? new Array(batch).fill(time));
          decoded.forEach((path, i) => {
            const own = (emissions.arraySync() as number[][][])[i] as number[][];
            const best = Math.max(...allPaths(tags, path.length).map((other) => scoreOf(params, own, other)));
            expectClose([scoreOf(params, own, [...path])], [best], 1e-6);
          });
        }),
      ),
      { numRuns: 60 },
    );
  });

  it("decodes the lower of tags that score alike, and never what is ruled out", () => {
    const params = { transitions: zeros([3, 3]) as Tensor2D, start: zeros([3]) as Tensor1D, end: zeros([3]) as Tensor1D };
    expect(crf({ tags: 3 }).decode(params, zeros([2, 4, 3]), [4, 2])).toEqual([Int32Array.of(0, 0, 0, 0), Int32Array.of(0, 0)]);
    const never = { ...params, start: tensor1d([-INFINITE, -INFINITE, 0]) };
    expect(crf({ tags: 3 }).decode(never, zeros([1, 2, 3]))).toEqual([Int32Array.of(2, 0)]);
    expect(() => crf({ tags: 3 }).decode({ ...never, end: tensor1d([-INFINITE, -INFINITE, -INFINITE]) }, zeros([1, 2, 3]))).toThrow(
      "no path of 2 steps is possible",
    );
    expect(() => crf({ tags: 3 }).decode(params, tensor3d([0, Number.NaN, 0], [1, 1, 3]))).toThrow("the emissions hold NaN");
  });
});
