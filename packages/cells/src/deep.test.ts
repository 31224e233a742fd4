import { foldIn, key, useBackend, valueAndGrad } from "@refrain/core";
import { add, type Scalar, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectTrueGradients, some } from "@refrain-tests/checks";
import { bidirectional } from "./bidirectional.ts";
import { deep } from "./deep.ts";
import { gru } from "./gru.ts";
import { recurrence, type SequenceLayer } from "./recurrence.ts";
import { rnn } from "./rnn.ts";
import { variationalDropout } from "./variational-dropout.ts";

const layerOf = (input: number, hidden: number) => bidirectional(gru({ input, hidden }), gru({ input, hidden }));

describe.each(BACKENDS)("deep on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([false, true])("gives what the layers give one after the other, on all outputs below (residual: %s)", (residual) => {
    const layers = [layerOf(2, 3), layerOf(6, 3), layerOf(6, 3)];
    const net = deep(layers, { residual }),
      params = net.init(key(1)),
      lengths = [4, 1, 2],
      found = net.apply(params, { x: some([3, 4, 2], 2) as Tensor3D, lengths });
    let x = some([3, 4, 2], 2) as Tensor3D;
    layers.forEach((layer, i) => {
      const next = layer.apply(params[i] as (typeof params)[number], { x, lengths });
      x = residual && i > 0 ? add(next.outputs, x) : next.outputs;
      for (const way of ["forwards", "backwards"] as const) expectClose(found.state[i]?.[way].h.dataSync() ?? [], next.state[way].h.dataSync());
    });
    expectClose(found.outputs.dataSync(), x.dataSync());
  });

  it("goes on from the states that it left", () => {
    const net = deep([recurrence(rnn({ input: 2, hidden: 3 })), recurrence(gru({ input: 3, hidden: 2 }))] as SequenceLayer<never, { h: Tensor }>[]),
      params = net.init(key(1));
    const at = (seed: number) => some([1, 2, 2], seed) as Tensor3D;
    const first = net.apply(params, { x: at(1) });
    const second = net.apply(params, { x: at(2), state: first.state });
    expect([...second.outputs.dataSync()]).not.toEqual([...net.apply(params, { x: at(2) }).outputs.dataSync()]);
    expect(() => net.apply(params, { x: at(2), state: first.state.slice(1) })).toThrow("a list of one for each of the 2 layers, but has 1.");
  });

  it("hands the mode down, to each layer with a key of its own", () => {
    const cell = variationalDropout(rnn({ input: 4, hidden: 4 }), { input: 0.5 });
    const layer = bidirectional(cell, cell, { merge: "sum" }),
      net = deep([layer, layer]),
      params = net.init(key(1));
    const x = some([2, 3, 4], 1) as Tensor3D;
    const [whole, other, none] = [{ training: key(1) }, { training: key(2) }, undefined].map((mode) => [...net.apply(params, { x }, mode).outputs.dataSync()]);
    const [bottom, top] = params as [(typeof params)[number], (typeof params)[number]];
    const first = layer.apply(bottom, { x }, { training: foldIn(key(1), 0) });
    expect(whole).toEqual([...layer.apply(top, { x: first.outputs }, { training: foldIn(key(1), 1) }).outputs.dataSync()]);
    expect(whole).not.toEqual(other);
    expect(whole).not.toEqual(none);
  });

  it("has true gradients", () => {
    const net = deep([layerOf(2, 1), layerOf(2, 1)], { residual: true });
    const all = { params: net.init(key(3)), x: some([2, 3, 2], 4) };
    expectTrueGradients(({ params, x }: typeof all) => net.apply(params, { x: x as Tensor3D, lengths: [3, 2] }).outputs, all, 5e-3);
  });

  it("leaks nothing", () => {
    const net = deep([layerOf(2, 3), layerOf(6, 3)], { residual: true }),
      params = net.init(key(1)),
      x = some([2, 3, 2], 1) as Tensor3D;
    expectNoLeak(() => tidy(() => void valueAndGrad((p: typeof params) => sum(net.apply(p, { x, lengths: [2, 3] }).outputs) as Scalar)(params)));
  });
});

describe("deep", () => {
  it("is a layer over sequences itself, with a config that builds it again", () => {
    const inner = deep([layerOf(2, 3), layerOf(6, 2)]);
    expect(inner).toMatchObject({
      kind: "deep",
      inputSize: 2,
      outputSize: 4,
      config: { layers: [{ kind: "bidirectional" }, { kind: "bidirectional" }], residual: false },
    });
    expect(deep([inner]).outputSize).toBe(4);
  });

  it("refuses layers that do not fit each other, and residuals between sizes that differ", () => {
    expect(() => deep([])).toThrow("deep: at least one layer must be given.");
    expect(() => deep([layerOf(2, 3), layerOf(3, 3)])).toThrow("deep: layer 1 reads 3 features, but the one below writes 6.");
    expect(() => deep([layerOf(2, 3), layerOf(6, 2)], { residual: true })).toThrow(
      "deep: with residuals layer 1 must write the 6 features that it reads, but writes 4.",
    );
  });
});
