import { key, useBackend } from "@refrain/core";
import { ones, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS } from "@refrain-tests/checks";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { recurrence } from "./recurrence.ts";

describe.each(BACKENDS)("recurrence on %s", (backend) => {
  const net = recurrence(lstm({ input: 3, hidden: 2 }));
  let params: ReturnType<typeof net.init>;
  beforeAll(async () => {
    await useBackend(backend);
    params = net.init(key(1));
  });

  it.each([[[2, 4, 5]], [[2, 0, 3]], [[2, 3]], [[1, 2, 4, 3]]])("refuses inputs of shape %j and says which it wants", (shape) => {
    expect(() => net.apply(params, { x: zeros(shape as number[] as [number, number, number]) })).toThrow(
      `recurrence: x must be [batch, time, 3] with at least one step, but is [${shape}].`,
    );
  });

  it("refuses a table of another width", () => {
    const x = { table: zeros([7, 4]), indices: tensor2d([[1, 2]], [1, 2], "int32") } as const;
    expect(() => net.apply(params, { x: x as never })).toThrow("recurrence: x must be [batch, time, 3] with at least one step, but is [1,2,4].");
  });

  it("refuses an index that names no row of the table", () => {
    const x = { table: zeros([7, 3]), indices: tensor2d([[1, 7]], [1, 2], "int32") } as const;
    expect(() => net.apply(params, { x: x as never })).toThrow(/index.* 7 /);
  });

  it.each([
    [[1, 2, 3], /one for each of the 2 sequences must be given, but there are 3/],
    [[1, 5], /whole number from 0 to the batch's 4 steps, but lengths\[1\] is 5/],
    [[-1, 2], /lengths\[0\] is -1/],
    [[1, 1.5], /lengths\[1\] is 1.5/],
  ] as const)("refuses the lengths %j", (lengths, message) => {
    expect(() => net.apply(params, { x: zeros([2, 4, 3]), lengths })).toThrow(RangeError);
    expect(() => net.apply(params, { x: zeros([2, 4, 3]), lengths })).toThrow(message);
  });

  it.each([
    [1, 2],
    [2, 5],
    [3, 2],
  ])("refuses an initial state [%d, %d] for two sequences of two units", (batch, hidden) => {
    const state = { h: ones([batch, hidden]), c: ones([batch, hidden]) } as never;
    expect(() => net.apply(params, { x: zeros([2, 4, 3]), state })).toThrow(/state/);
  });

  it("refuses whole numbers, and a table's rows named by fractions", () => {
    expect(() => net.apply(params, { x: zeros([2, 4, 3], "int32") })).toThrow(/x must be float32, but is int32/);
    expect(() => net.apply(params, { x: { table: zeros([5, 3]), indices: zeros([2, 4]) } })).toThrow(/indices must be int32, but are float32/);
  });

  it("has a config that builds it again", () => {
    expect(recurrence(gru({ input: 1, hidden: 2 }))).toMatchObject({
      kind: "recurrence",
      config: { cell: { kind: "gru", config: { input: 1, hidden: 2, bias: true, reset: "after" } } },
    });
  });
});
