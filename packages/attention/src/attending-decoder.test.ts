import { disposeTree, key, mapTree, named, useBackend, valueAndGrad } from "@refrain/core";
import { concat, gather, type Scalar, slice, squeeze, stack, sum, type Tensor, tensor1d, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import type { AttendingState } from "./attending-contract.ts";
import { DECODERS, decoderInput, decoderParams, LENGTHS, plainDecoder, toyDecoder, type ToyDecoderParams } from "./attending-decoder.test-helper.ts";
import { droppingCell, type ToyState, wholeCell } from "./toy-cell.test-helper.ts";

type All = { readonly own: ToyDecoderParams; readonly x: Tensor; readonly memory: Tensor };

const flat = (nested: unknown): number[] => [nested].flat(Number.POSITIVE_INFINITY) as number[];
const steps = (x: Tensor3D, from: number, count: number): Tensor3D => slice(x, [0, from, 0], [-1, count, -1]);
const stepAt = (x: Tensor3D, at: number): Tensor2D => squeeze(steps(x, at, 1), [1]);

describe.each(BACKENDS)("attendingDecoder on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(DECODERS)("is its formula: %s", (_, config) => {
    const decoder = toyDecoder(config),
      params = decoderParams(config),
      input = decoderInput(config);
    for (const memoryLengths of [undefined, LENGTHS]) {
      const { outputs, weights, state } = decoder.apply(params, { ...input, memoryLengths });
      const expected = plainDecoder(config, params, input, memoryLengths);
      expect([outputs.shape, weights.shape]).toEqual([
        [3, 4, decoder.outputSize],
        [3, 4, 5],
      ]);
      expectClose(outputs.dataSync(), flat(expected.outputs));
      expectClose(weights.dataSync(), flat(expected.weights));
      if (state.coverage) expectClose(state.coverage.dataSync(), sum(weights, 1).dataSync());
    }
  });

  it.each(DECODERS)("has true gradients by its parameters, inputs and memory: %s", (_, config) => {
    const decoder = toyDecoder(config);
    const { x, memory } = decoderInput(config);
    const all: All = { own: decoderParams(config), x: slice(x, 0, [2, 2, -1]), memory: slice(memory, 0, [2, 3, -1]) };
    for (const memoryLengths of [undefined, [3, 0]])
      expectTrueGradients(({ own, x, memory }: All) => {
        const found = decoder.apply(own, { x: x as Tensor3D, memory: memory as Tensor3D, memoryLengths });
        return [found.outputs, found.weights];
      }, all);
  });

  it("has true gradients by its first state, and for a single step", () => {
    const config = { memoryFeatures: 4, similarity: "additive", query: "last", inputFeeding: true, coverage: true } as const;
    const decoder = toyDecoder(config),
      own = decoderParams(config);
    const x = some([2, 1, 2], 1) as Tensor3D,
      memory = some([2, 3, 4], 2) as Tensor3D;
    const state = { cell: { h: some([2, 3], 3) }, hidden: some([2, 3], 4), attended: some([2, 3], 5), coverage: some([2, 3], 6) };
    expectTrueGradients((from: typeof state) => decoder.apply(own, { x, memory, state: from as never }).outputs, state);
  });

  it.each(DECODERS)("writes step by step what it writes at once, and goes on from a state: %s", (_, config) => {
    tidy(() => {
      const decoder = toyDecoder(config),
        params = decoderParams(config),
        { x, memory } = decoderInput(config);
      const whole = decoder.apply(params, { x, memory, memoryLengths: LENGTHS });
      const remembered = decoder.remember(params, memory, LENGTHS);
      let state: Partial<AttendingState<ToyState>> = {};
      const done = [0, 1, 2, 3].map((at) => {
        const next = decoder.step(params, state, stepAt(x, at), remembered);
        state = next.state;
        return next;
      });
      const pile = (part: "output" | "weights") =>
        stack(
          done.map((next) => next[part]),
          1,
        ).dataSync();
      expectClose(pile("output"), whole.outputs.dataSync());
      expectClose(pile("weights"), whole.weights.dataSync());
      for (const [path, leaf] of named(whole.state)) expectClose((named(state as never).get(path) as Tensor).dataSync(), leaf.dataSync());

      const first = decoder.apply(params, { x: steps(x, 0, 1), memory, memoryLengths: LENGTHS });
      const rest = decoder.apply(params, { x: steps(x, 1, 3), memory, memoryLengths: LENGTHS, state: first.state });
      expectClose(concat([first.outputs, rest.outputs], 1).dataSync(), whole.outputs.dataSync());
    });
  });

  it("lets beams change places: the rows of its state are gathered as any tree's", () => {
    tidy(() => {
      const config = { memoryFeatures: 4, similarity: "additive", query: "last", inputFeeding: true, coverage: true } as const;
      const decoder = toyDecoder(config),
        params = decoderParams(config),
        { x, memory } = decoderInput(config);
      const order = tensor1d([2, 0, 0], "int32");
      const pick = <T extends Tensor>(leaf: T): T => gather(leaf, order);
      const remembered = decoder.remember(params, memory, [5, 1, 2]);
      const first = decoder.step(params, {}, stepAt(x, 0), remembered);
      const straight = decoder.step(params, first.state, stepAt(x, 1), remembered);
      const moved = decoder.step(params, mapTree(first.state, pick), pick(stepAt(x, 1)), mapTree(remembered, pick));
      expectClose(moved.output.dataSync(), pick(straight.output).dataSync());
      expectClose(moved.weights.dataSync(), pick(straight.weights).dataSync());
    });
  });

  it("starts from an encoder's state where one is given", () => {
    const config = { memoryFeatures: 4 } as const;
    const decoder = toyDecoder(config),
      params = decoderParams(config),
      input = decoderInput(config);
    const outputs = (h?: Tensor2D) => [...decoder.apply(params, { ...input, ...(h && { state: { cell: { h } } }) }).outputs.dataSync()];
    expect(outputs(some([3, 3], 4) as Tensor2D)).not.toEqual(outputs());
    expect(outputs(some([3, 3], 4, 0) as Tensor2D)).toEqual(outputs());
  });

  it("never looks at a memory's padding, whatever stands there", () => {
    for (const [, config] of DECODERS) {
      const decoder = toyDecoder(config),
        params = decoderParams(config),
        { x, memory } = decoderInput(config);
      const changed = concat([steps(memory, 0, 2), some([3, 3, config.memoryFeatures], 9, 50)], 1) as Tensor3D;
      const outputs = (from: Tensor3D) => decoder.apply(params, { x, memory: from, memoryLengths: [2, 0, 1] }).outputs.dataSync();
      expectClose(outputs(changed), outputs(memory), 1e-6);
    }
  });

  it("runs a cell that can over all steps at once, but only where no step waits for what another found", () => {
    for (const [, config] of DECODERS) {
      const alone = config.query !== "last" && !config.inputFeeding && !config.coverage;
      let cell = wholeCell(1, 1);
      const decoder = toyDecoder(config, (inputSize, hiddenSize) => {
        cell = wholeCell(inputSize, hiddenSize);
        return cell;
      });
      const params = decoderParams(config),
        input = { ...decoderInput(config), memoryLengths: LENGTHS };
      const [whole, stepped] = [decoder.apply(params, input), toyDecoder(config).apply(params, input)];
      expect(cell.calls()).toBe(alone ? 1 : 0);
      expectClose(whole.outputs.dataSync(), stepped.outputs.dataSync());
      expectClose(whole.weights.dataSync(), stepped.weights.dataSync());
      expectClose(whole.state.cell.h.dataSync(), stepped.state.cell.h.dataSync());
    }
  });

  it("prepares its cell for training, by the key", () => {
    const config = { memoryFeatures: 4 } as const;
    const decoder = toyDecoder(config, droppingCell),
      params = decoderParams(config),
      input = decoderInput(config);
    const outputs = (seed?: number) => [...decoder.apply(params, input, seed === undefined ? "inference" : { training: key(seed) }).outputs.dataSync()];
    expect(outputs(1)).toEqual(outputs(1));
    expect(outputs(1)).not.toEqual(outputs(2));
    expect(outputs()).toEqual([...toyDecoder(config).apply(params, input).outputs.dataSync()]);
  });

  it.each(DECODERS)("leaks nothing: %s", (_, config) => {
    const decoder = toyDecoder(config),
      own = decoderParams(config),
      input = decoderInput(config);
    expectNoLeak(() => tidy(() => void decoder.apply(own, { ...input, memoryLengths: LENGTHS })));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: ToyDecoderParams) => sum(decoder.apply(p, input).outputs) as Scalar)(own)));
    expectNoLeak(() => tidy(() => void decoder.step(own, {}, some([3, 2], 1) as Tensor2D, decoder.remember(own, input.memory))));
    expectNoLeak(() => disposeTree(decoder.init(key(1)) as never));
  });
});

describe("attendingDecoder", () => {
  it.each(DECODERS)("gives the same numbers and gradients on simd and on cpu: %s", async (_, config) => {
    await expectSameOnBoth(useBackend, () => {
      const decoder = toyDecoder(config);
      const all: All = { own: decoderParams(config), ...decoderInput(config) };
      const read = ({ own, x, memory }: All) => decoder.apply(own, { x: x as Tensor3D, memory: memory as Tensor3D, memoryLengths: LENGTHS });
      const { gradients } = valueAndGrad((all: All) => sum(read(all).outputs) as Scalar)(all);
      return [read(all).outputs, read(all).weights, ...named(gradients as never).values()];
    });
  });
});
