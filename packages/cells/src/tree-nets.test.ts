import { key, memoryInUse, useBackend, valueAndGrad } from "@refrain/core";
import { add, concat, mul, type Scalar, sum, type Tensor, type Tensor2D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { block, forests, rows, sizes, TREE_NETS } from "./tree.test-helper.ts";
import type { TreeParams } from "./tree-parameters.ts";

function expectSame(found: Readonly<Record<string, Tensor>>, expected: Readonly<Record<string, Tensor>>): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) expectClose(found[name]?.dataSync() ?? [], tensor.dataSync());
}

describe.each(BACKENDS.flatMap((backend) => TREE_NETS.map(([name, make]) => ({ backend, name, make }))))("$name on $backend", ({ backend, make }) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("gives permuted outputs for permuted nodes", () => {
    fc.assert(
      fc.property(
        forests.chain((parents) =>
          fc.tuple(fc.constant(parents), fc.shuffledSubarray([...parents.keys()], { minLength: parents.length, maxLength: parents.length })),
        ),
        sizes,
        ([parents, order], config) =>
          tidy(() => {
            const net = make(config),
              params = net.init(key(1)),
              x = some([parents.length, config.input], 2) as Tensor2D;
            // Node order[i] is called i now.
            const renamed = order.map((node) => (parents[node] === -1 ? -1 : order.indexOf(parents[node] as number)));
            const found = net.apply(params, { x: rows(x, order), parents: renamed });
            const expected = Object.fromEntries(Object.entries(net.apply(params, { x, parents })).map(([name, tensor]) => [name, rows(tensor, order)]));
            expectSame(found, expected);
          }),
      ),
      { numRuns: 25 },
    );
  });

  it("gives for a batch of trees what each gives alone", () => {
    fc.assert(
      fc.property(fc.array(forests, { minLength: 2, maxLength: 4 }), sizes, (batch, config) =>
        tidy(() => {
          const net = make(config),
            params = net.init(key(1)),
            starts = batch.map((_, i) => batch.slice(0, i).flat().length);
          const x = some([batch.flat().length, config.input], 2) as Tensor2D;
          const parents = batch.flatMap((tree, i) => tree.map((parent) => (parent === -1 ? -1 : parent + (starts[i] as number))));
          const alone = batch.map((tree, i) => net.apply(params, { x: block(x, starts[i] as number, tree.length), parents: tree }));
          const expected = Object.fromEntries(Object.keys(alone[0] ?? {}).map((name) => [name, concat(alone.map((one) => one[name] as Tensor2D))]));
          expectSame(net.apply(params, { x, parents: Int32Array.from(parents) }), expected);
        }),
      ),
      { numRuns: 25 },
    );
  });

  it.each([
    { what: "a forest", parents: [2, 2, 6, 5, 5, 6, -1, 8, -1] },
    { what: "roots only", parents: [-1, -1] },
    { what: "one node", parents: [-1] },
  ])("has true gradients by parameters and inputs: $what", ({ parents }) => {
    const net = make({ input: 2, hidden: 3 });
    // Numbers at which no relu lies within a step of its kink.
    const all = { params: net.init(key(4)), x: some([parents.length, 2], 11) };
    expectTrueGradients(({ params, x }: typeof all) => Object.values(net.apply(params, { x: x as Tensor2D, parents })), all, 5e-3);
  });

  it("leaks no tensor and no byte of the heap, with gradients and without", () => {
    const net = make({ input: 2, hidden: 3 }),
      params = net.init(key(1)),
      x = some([4, 2], 2) as Tensor2D,
      parents = [1, -1, 1, 2];
    expectNoLeak(() => tidy(() => void net.apply(params, { x, parents })));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: TreeParams) => sum(net.apply(p, { x, parents }).h as Tensor2D) as Scalar)(params)));
    const before = memoryInUse().tensors;
    net.init(key(1));
    expect(memoryInUse().tensors - before).toBe(3);
  });

  it("refuses inputs that do not fit, and parents that are none", () => {
    const net = make({ input: 2, hidden: 3 }),
      params = net.init(key(1));
    for (const shape of [[3, 4], [0, 2], [2], [1, 3, 2]])
      expect(() => net.apply(params, { x: zeros(shape as [number, number]), parents: [-1, 0, 0] })).toThrow(
        `x must be [nodes, 2] with at least one node, but is [${shape}].`,
      );
    expect(() => net.apply(params, { x: zeros([2, 2]), parents: [1, 0] })).toThrow("nodes 0, 1 are each other's ancestors");
  });
});

describe.each(TREE_NETS)("%s", (_, make) => {
  it("gives the same outputs and gradients on simd as on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(forests, sizes, async (parents, config) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const net = make(config);
            const all = { params: net.init(key(1)), x: some([parents.length, config.input], 2) };
            const loss = ({ params, x }: typeof all) =>
              Object.values(net.apply(params, { x: x as Tensor2D, parents }))
                .map((out, i) => sum(mul(out, some(out.shape, 50 + i))))
                .reduce((a, b) => add(a, b)) as Scalar;
            const { gradients } = valueAndGrad(loss)(all);
            return [...Object.values(net.apply(all.params, { x: all.x as Tensor2D, parents })), gradients.x, gradients.params.weightHidden];
          },
          1e-4,
        );
      }),
      { numRuns: 25 },
    );
  });

  it("refuses sizes that are not whole and positive, and has a config that builds it again", async () => {
    await useBackend("simd");
    for (const size of [0, 1.5]) expect(() => make({ input: size, hidden: 2 })).toThrow(`input must be a whole number of at least 1, but is ${size}.`);
    expect(make({ input: 2, hidden: 3, bias: false }).config).toMatchObject({ input: 2, hidden: 3, bias: false });
    expect(Object.keys(make({ input: 2, hidden: 3, bias: false }).init(key(1)))).toEqual(["weightInput", "weightHidden"]);
  });
});
