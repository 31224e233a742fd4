import { cast, slice, stack as pile, type Tensor, type Tensor2D, type Tensor3D, tidy, transpose, unstack } from "@tensorflow/tfjs-core";
import { bidirectional, deep, gru, lstm, type RecurrentParams, recurrence, rnn, stack } from "@refrain/cells";
import { type Cell, disposeTree, key, leaves, memoryInUse, useBackend } from "@refrain/core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak } from "@refrain-tests/checks";
import type { Mapping } from "../contract.ts";
import { expectSameTensors, type Golden, readGolden, under } from "../golden.test-helper.ts";
import { torchGru } from "./torch-gru.ts";
import { torchLstm } from "./torch-lstm.ts";
import { torchRnn } from "./torch-rnn.ts";

type State = { readonly h: Tensor2D; readonly c?: Tensor2D };
type AnyCell = Cell<RecurrentParams, State>;

const MAKERS = { RNN: rnn, GRU: gru, LSTM: lstm } as unknown as Record<string, (config: object) => AnyCell>;
const MAPPINGS = { RNN: torchRnn, GRU: torchGru, LSTM: torchLstm } as unknown as Record<string, (config: object) => Mapping<never>>;

const mappingOf = ({ op, bidirectional: both = false }: Golden["config"]) =>
  (MAPPINGS[op as string] as (config: object) => Mapping<never>)({ bidirectional: both });

/** The layer that a case is of, and how its state stands in PyTorch's order: layer by layer, forwards before backwards. */
function layerOf({ op, input_size, hidden_size, num_layers = 1, bidirectional: both = false, bias = true, nonlinearity, proj_size }: Golden["config"]) {
  const make = MAKERS[op as string] as (config: object) => AnyCell;
  const size = (proj_size ?? hidden_size) as number;
  const cells = (i: number) => {
    const input = i === 0 ? input_size : size * (both ? 2 : 1);
    const config = {
      input,
      hidden: hidden_size,
      bias,
      ...(nonlinearity !== undefined && { nonlinearity }),
      ...(proj_size !== undefined && { projection: proj_size }),
    };
    return [make(config), make(config)] as const;
  };
  const numbers = Array.from({ length: num_layers as number }, (_, i) => i);
  if (!both) return recurrence(stack(numbers.map((i) => cells(i)[0])));
  return deep(numbers.map((i) => bidirectional(...cells(i))));
}

/** PyTorch's list of states as ours, and back. */
function statesOf(golden: Golden): unknown {
  const entries = (name: string) => (golden.tensors.has(name) ? (unstack(golden.get(name)) as Tensor2D[]) : []);
  const c = entries("in.c0");
  const states = entries("in.h0").map((h, i) => ({ h, ...(c[i] && { c: c[i] }) }));
  if (golden.config.bidirectional !== true) return states;
  return states.filter((_, i) => i % 2 === 0).map((forwards, i) => ({ forwards, backwards: states[2 * i + 1] }));
}

const flat = (state: unknown): State[] =>
  (state as (State & { forwards: State; backwards: State })[]).flatMap((layer) => ("forwards" in layer ? [layer.forwards, layer.backwards] : [layer]));

const CASES = [
  "rnn-tanh",
  "rnn-relu",
  "gru-reset-after",
  "gru-reset-after-2layer-bidirectional",
  "gru-variable-length-bidirectional",
  "lstm",
  "lstm-no-bias",
  "lstm-projection",
  "lstm-2layer-bidirectional",
  "lstm-variable-length-bidirectional",
];

describe.each(BACKENDS)("PyTorch's recurrent modules on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CASES)("%s: loaded, our layer gives PyTorch's numbers; saved, PyTorch's tensors come back", (name) => {
    tidy(() => {
      const golden = readGolden(name);
      const mapping = mappingOf(golden.config);
      const params = mapping.load(golden.tensors, "param.");
      const layer = layerOf(golden.config) as ReturnType<typeof recurrence>;
      const lengths = (golden.config.lengths ?? undefined) as number[] | undefined;
      const { outputs, state } = layer.apply(params, { x: transpose(golden.get("in.x"), [1, 0, 2]) as Tensor3D, lengths, state: statesOf(golden) as never });
      expectClose(transpose(outputs, [1, 0, 2]).dataSync(), golden.get("out.y").dataSync());
      const last = flat(state);
      expectClose(pile(last.map(({ h }) => h)).dataSync(), golden.get("out.hn").dataSync());
      if (golden.tensors.has("out.cn")) expectClose(pile(last.map(({ c }) => c as Tensor)).dataSync(), golden.get("out.cn").dataSync());
      expectSameTensors(mapping.save(params), under(golden.tensors, "param."));
    });
  });

  it("what is given stays whole and the caller's; what comes is the caller's too", () => {
    const before = memoryInUse().tensors;
    const golden = readGolden("lstm-2layer-bidirectional");
    const numbers = new Map([...under(golden.tensors, "param.")].map(([name, tensor]) => [name, tensor.dataSync().slice()]));
    const mapping = mappingOf(golden.config);
    const params = mapping.load(golden.tensors, "param.");
    disposeTree([...golden.tensors.values()]);
    const saved = mapping.save(params, "net.");
    disposeTree(params);
    expect(memoryInUse().tensors).toBe(before + Object.keys(saved).length);
    for (const [name, values] of numbers) expect(saved[`net.${name}`]?.dataSync()).toEqual(values);
    disposeTree(saved);
    expect(memoryInUse().tensors).toBe(before);
  });

  it("neither way leaks, nor does a refusal", () => {
    const golden = readGolden("lstm-projection");
    const mapping = mappingOf(golden.config);
    expectNoLeak(() => {
      const params = mapping.load(golden.tensors, "param.");
      disposeTree(mapping.save(params));
      disposeTree(params);
    });
    expectNoLeak(() => expect(() => mapping.load(golden.tensors)).toThrow());
    disposeTree([...golden.tensors.values()]);
  });
});

describe("a file that does not fit", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  const changed = (name: string, change: (tensors: Map<string, Tensor>) => void) => {
    const { config, tensors } = readGolden(name);
    const copy = under(tensors, "param.");
    change(copy);
    return () => mappingOf(config).load(copy);
  };

  it.each<[string, string, (tensors: Map<string, Tensor>) => void, string]>([
    ["a missing bias", "lstm", (t) => t.delete("bias_hh_l0"), "torchLstm: bias_hh_l0 [24] is missing."],
    ["a missing matrix", "lstm", (t) => t.delete("weight_hh_l0"), "torchLstm: weight_hh_l0 [24,6] is missing."],
    ["no tensors at all", "gru-reset-after", (t) => t.clear(), "torchGru: weight_ih_l0 is missing; there are no tensors."],
    [
      "another shape",
      "rnn-tanh",
      (t) => t.set("weight_hh_l0", transpose(t.get("weight_ih_l0") as Tensor)),
      "torchRnn: weight_hh_l0 is [5,6], but must be [6,6].",
    ],
    [
      "rows that are no gates",
      "gru-reset-after",
      (t) => t.set("weight_ih_l0", slice(t.get("weight_ih_l0") as Tensor, 0, 17)),
      "torchGru: weight_ih_l0 is [17,5], but must be [18,5].",
    ],
    ["a vector for a matrix", "lstm", (t) => t.set("weight_ih_l0", t.get("bias_ih_l0") as Tensor), "torchLstm: weight_ih_l0 must be a matrix, but is [24]."],
    ["whole numbers", "lstm", (t) => t.set("bias_ih_l0", cast(t.get("bias_ih_l0") as Tensor, "int32")), "torchLstm: bias_ih_l0 is int32, but must be float32."],
    [
      "a direction too many",
      "gru-reset-after",
      (t) => t.set("bias_ih_l0_reverse", t.get("bias_ih_l0") as Tensor),
      "torchGru: bias_ih_l0_reverse belongs to no parameter.",
    ],
    [
      "a projection in a GRU",
      "gru-reset-after",
      (t) => t.set("weight_hr_l0", t.get("weight_hh_l0") as Tensor),
      "torchGru: weight_hr_l0 belongs to no parameter.",
    ],
    [
      "several at once",
      "lstm",
      (t) => {
        t.delete("bias_ih_l0");
        t.set("weight_hh_l0", t.get("weight_ih_l0") as Tensor);
        t.set("x", t.get("weight_ih_l0") as Tensor);
        t.set("y", t.get("weight_ih_l0") as Tensor);
      },
      "torchLstm: weight_hh_l0 is [24,5], but must be [24,6]; bias_ih_l0 [24] is missing; x, y belong to no parameter.",
    ],
  ])("%s is named", (_, name, change, message) => {
    expect(changed(name, change)).toThrow(message);
  });

  it("names a layer that is missing in between", () => {
    const { tensors } = readGolden("lstm");
    const copy = new Map([...under(tensors, "param.")].flatMap(([name, tensor]) => [[name, tensor] as const, [name.replace("l0", "l2"), tensor] as const]));
    expect(() => torchLstm().load(copy)).toThrow("torchLstm: weight_ih_l1 is missing");
  });
});

describe("parameters that PyTorch has no place for", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each([
    ["peepholes", { peepholes: "diagonal" }, "torchLstm: there is no counterpart of peepholes.input, peepholes.forget, peepholes.output"],
    ["norms", { layerNorm: true }, "torchLstm: there is no counterpart of norms.input.weight, "],
  ] as const)("%s are refused", (_, part, message) => {
    const params = lstm({ input: 2, hidden: 3, ...part }).init(key(1));
    expect(() => torchLstm().save([params])).toThrow(message);
  });

  it("directions that the config does not name are refused", () => {
    const one = gru({ input: 2, hidden: 3 }).init(key(1));
    expect(() => torchGru({ bidirectional: true }).save([one] as never)).toThrow("torchGru: bidirectional is true, but layer 0 has parameters for one.");
    expect(() => torchGru().save([{ forwards: one, backwards: one }] as never)).toThrow(
      "bidirectional is false, but layer 0 has parameters for both directions.",
    );
    expect(leaves(one)).toHaveLength(4);
  });
});
