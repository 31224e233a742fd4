import { key, useBackend } from "@refrain/core";
import { expandDims, gather, type Tensor, tensor1d, type Tensor2D, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { lstm } from "./lstm.ts";
import { recurrence } from "./recurrence.ts";
import { block, chainOf, forests, sizes } from "./tree.test-helper.ts";
import { treeLstm } from "./tree-lstm.ts";

describe.each(BACKENDS)("treeLstm on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is for a chain what an LSTM is for a sequence, its gates in another order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), sizes, (length, config) =>
        tidy(() => {
          const { weightInput, weightHidden, bias } = treeLstm(config).init(key(3)),
            x = some([length, config.input], 1) as Tensor2D;
          const found = treeLstm(config).apply({ weightInput, weightHidden, ...(bias && { bias }) }, { x, parents: chainOf(length) });
          // i, f, o, u to i, f, g, o.
          const places = [0, 1, 3, 2].flatMap((gate) => Array.from({ length: config.hidden }, (_, unit) => gate * config.hidden + unit));
          const reordered = <T extends Tensor>(t: T) => gather(t, tensor1d(places, "int32")) as T;
          const biases = bias && { biasInput: reordered(bias), biasHidden: zeros([4 * config.hidden]) as typeof bias };
          const { outputs, state } = recurrence(lstm(config)).apply(
            { weightInput: reordered(weightInput), weightHidden: reordered(weightHidden), ...biases } as never,
            { x: expandDims(x, 0) as Tensor3D },
          );
          expectClose(found.h.dataSync(), outputs.dataSync());
          expectClose(block(found.c, length - 1, 1).dataSync(), state.c.dataSync());
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("is the paper's equations 2 to 8, node by node", () => {
    fc.assert(
      fc.property(forests, (parents) =>
        tidy(() => {
          const [input, hidden] = [2, 3],
            net = treeLstm({ input, hidden }),
            params = net.init(key(5)),
            x = some([parents.length, input], 6) as Tensor2D;
          const [w, u, b, xs] = [params.weightInput, params.weightHidden, params.bias as Tensor, x].map((t) => t.arraySync()) as [
            number[][],
            number[][],
            number[],
            number[][],
          ];
          const dot = (row: number[], by: number[]) => row.reduce((total, weight, i) => total + weight * (by[i] as number), 0);
          const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
          const compute = (node: number): { h: number[]; c: number[] } => {
            const children = [...parents.keys()].filter((child) => parents[child] === node).map(compute);
            const own = (gate: number, unit: number, h: number[]) => {
              const row = gate * hidden + unit;
              return dot(w[row] as number[], xs[node] as number[]) + dot(u[row] as number[], h) + (b[row] as number);
            };
            const total = Array.from({ length: hidden }, (_, unit) => children.reduce((s, { h }) => s + (h[unit] as number), 0));
            const c = total.map((_, unit) =>
              children.reduce(
                (s, child) => s + sigmoid(own(1, unit, child.h)) * (child.c[unit] as number),
                sigmoid(own(0, unit, total)) * Math.tanh(own(3, unit, total)),
              ),
            );
            return { h: c.map((cell, unit) => sigmoid(own(2, unit, total)) * Math.tanh(cell)), c };
          };
          const expected = [...parents.keys()].map(compute);
          const { h, c } = net.apply(params, { x, parents });
          expectClose(
            h.dataSync(),
            expected.flatMap((one) => one.h),
          );
          expectClose(
            c.dataSync(),
            expected.flatMap((one) => one.c),
          );
        }),
      ),
      { numRuns: 20 },
    );
  });
});
