import { key, useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, slice, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { CELLS, someParams, someState } from "./every-cell.test-helper.ts";
import { fold } from "./fold.ts";
import { gru } from "./gru.ts";
import { recurrence } from "./recurrence.ts";
import { variationalDropout } from "./variational-dropout.ts";

const make = CELLS[2]?.[1] as (typeof CELLS)[number][1];

describe.each(BACKENDS)("fold on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CELLS)("of %s keeps the output and the state of each sequence's last step, in both directions", (_, make) => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }), fc.boolean(), (lengths, reverse) =>
        tidy(() => {
          const cell = make({ input: 2, hidden: 3 }),
            params = someParams(cell, 1),
            x = some([lengths.length, 4, 2], 2) as Tensor3D,
            state = someState(cell, lengths.length, 3);
          const all = recurrence(cell, { reverse }).apply(params, { x, lengths, state });
          const found = fold(cell, { reverse }).apply(params, { x, lengths, state });
          const [, time, hidden] = all.outputs.shape;
          const outputs = all.outputs.dataSync();
          const expected = lengths.flatMap((length, row) => {
            const at = (row * time + (reverse ? 0 : length - 1)) * hidden;
            return length === 0 ? new Array<number>(hidden).fill(0) : [...outputs.slice(at, at + hidden)];
          });
          expectClose(found.output.dataSync(), expected, 0);
          for (const [name, field] of Object.entries(all.state)) expect(found.state[name]?.dataSync()).toEqual((field as Tensor).dataSync());
        }),
      ),
      { numRuns: 10 },
    );
  });

  it("keeps the last step of all where no lengths are given", () => {
    const cell = make({ input: 2, hidden: 3 }),
      params = someParams(cell, 1),
      x = some([2, 4, 2], 2) as Tensor3D;
    const { outputs } = recurrence(cell).apply(params, { x });
    expect(fold(cell).apply(params, { x }).output.dataSync()).toEqual(slice(outputs, [0, 3, 0], [2, 1, 3]).dataSync());
  });

  it("has true gradients, of sequences with steps and of those without", () => {
    const cell = make({ input: 2, hidden: 2 });
    const all = { params: someParams(cell, 1), x: some([3, 3, 2], 2) };
    expectTrueGradients(
      ({ params, x }: typeof all) => {
        const { output, state } = fold(cell).apply(params, { x: x as Tensor3D, lengths: [2, 0, 3] });
        return [output, ...Object.values(state)];
      },
      all,
      5e-3,
    );
  });

  it("leaks nothing", () => {
    const cell = make({ input: 2, hidden: 3 }),
      params = someParams(cell, 1),
      x = some([2, 3, 2], 2) as Tensor3D;
    expectNoLeak(() => tidy(() => void valueAndGrad((p: typeof params) => sum(fold(cell).apply(p, { x }).output) as Scalar)(params)));
  });

  it("hands the mode on", () => {
    const cell = variationalDropout(gru({ input: 2, hidden: 8 }), { recurrent: 0.5 }),
      params = cell.init(key(1)),
      x = some([2, 3, 2], 2) as Tensor3D;
    const [calm, dropped] = [undefined, { training: key(2) }].map((mode) => fold(cell).apply(params, { x }, mode).output.dataSync());
    expect(dropped).not.toEqual(calm);
  });
});

describe("fold", () => {
  it("gives the same numbers on simd and on cpu", async () => {
    await expectSameOnBoth(useBackend, () => {
      const cell = make({ input: 2, hidden: 3 });
      return fold(cell).apply(someParams(cell, 1), { x: some([2, 3, 2], 2) as Tensor3D, lengths: [1, 3] }).output;
    });
  });
});
