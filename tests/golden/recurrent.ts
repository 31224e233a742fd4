import { concat, slice, split, squeeze, stack as pile, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D, transpose } from "@tensorflow/tfjs-core";
import { bidirectional, deep, gru, lstm, type LstmParams, recurrence, rnn } from "@refrain/cells";
import { type Cell, named, type TensorTree } from "@refrain/core";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

type State = { h: Tensor2D; c?: Tensor2D };
type AnyCell = Cell<LstmParams, State>;

type Config = {
  op: "RNN" | "LSTM" | "GRU";
  input_size: number;
  hidden_size: number;
  proj_size?: number;
  bias?: boolean;
  nonlinearity?: "tanh" | "relu";
  num_layers?: number;
  bidirectional?: boolean;
  lengths?: number[] | null;
};

const MAKERS = { RNN: rnn, LSTM: lstm, GRU: gru } as unknown as Record<Config["op"], (config: object) => AnyCell>;

/** The entries along the first axis. (tf.unstack has no gradient for a single one.) */
const entries = (t: Tensor | undefined): Tensor[] => Array.from({ length: t?.shape[0] ?? 0 }, (_, i) => squeeze(slice(t as Tensor, [i], [1]), [0]));

/** PyTorch's RNN, LSTM and GRU, any number of layers in one direction or both. PyTorch has time first. */
export const recurrent: Operation = (golden) => {
  const { op, input_size, hidden_size, proj_size, bias = true, nonlinearity = "tanh", num_layers = 1, lengths, ...rest } = golden.config as unknown as Config;
  const ways = rest.bidirectional ? ["", "_reverse"] : [""];
  const width = ways.length * (proj_size ?? hidden_size);
  const cells = Array.from({ length: num_layers }, (_, i) =>
    MAKERS[op]({ input: i === 0 ? input_size : width, hidden: hidden_size, bias, nonlinearity, projection: proj_size }),
  );
  /** What a layer has for its one direction, or for each of both. */
  const directed = <T>(make: (way: number) => T) => (rest.bidirectional ? { forwards: make(0), backwards: make(1) } : make(0));
  const net = deep<TensorTree, TensorTree>(cells.map((cell) => (rest.bidirectional ? bidirectional(cell, cell) : recurrence(cell))));
  return differentiate(golden, (t) => {
    const [h0, c0] = [entries(t.h0), entries(t.c0)];
    const params = cells.map((_, i) => directed((way) => layerParams(t, i, ways[way])));
    const state = cells.map((_, i) => directed((way) => stateOf(h0, c0, i * ways.length + way)));
    const x = transpose(t.x as Tensor, [1, 0, 2]) as Tensor3D;
    const found = net.apply(params, { x, state, lengths: lengths ?? undefined });
    const last = (part: string) => pile([...named(found.state)].filter(([path]) => path.endsWith(part)).map(([, leaf]) => leaf));
    return { y: transpose(found.outputs, [1, 0, 2]), hn: last("h"), ...(t.c0 && { cn: last("c") }) };
  });
};

function stateOf(h: readonly Tensor[], c: readonly Tensor[], i: number): State {
  return { h: h[i] as Tensor2D, ...(c[i] && { c: c[i] as Tensor2D }) };
}

/** PyTorch's parameters of a layer. The way is "_reverse" for those of the backward direction. */
export function layerParams(t: Record<string, Tensor>, layer: number, way = ""): LstmParams {
  const at = (name: string) => t[`${name}_l${layer}${way}`];
  const [biasInput, biasHidden, weightProjection] = [at("bias_ih"), at("bias_hh"), at("weight_hr")];
  return {
    weightInput: at("weight_ih") as Tensor2D,
    weightHidden: at("weight_hh") as Tensor2D,
    ...(biasInput && { biasInput: biasInput as Tensor1D, biasHidden: biasHidden as Tensor1D }),
    ...(weightProjection && { weightProjection: weightProjection as Tensor2D }),
  };
}

/** The weights of several gates, given as [hidden, hidden + input] each with the columns of h first. */
function gateWeights(gates: readonly (Tensor | undefined)[], hidden: number, input: number): { weightHidden: Tensor2D; weightInput: Tensor2D } {
  const parts = gates.map((w) => split(w as Tensor2D, [hidden, input], 1) as [Tensor2D, Tensor2D]);
  return { weightHidden: concat(parts.map(([h]) => h)), weightInput: concat(parts.map(([, x]) => x)) };
}

/** The lesson's GRU. */
export const gruResetBefore: Operation = (golden) => {
  const hidden = (golden.get("in.h0").shape as [number, number])[1];
  const input = golden.get("in.x").shape.at(-1) as number;
  const layer = recurrence(gru({ input, hidden, bias: false, reset: "before" }));
  return differentiate(golden, (t) => {
    const params = gateWeights([t.Wr, t.Wz, t.W], hidden, input);
    const { outputs, state } = layer.apply(params, { x: transpose(t.x as Tensor, [1, 0, 2]) as Tensor3D, state: { h: t.h0 as Tensor2D } });
    return { y: transpose(outputs, [1, 0, 2]), hn: state.h };
  });
};

/** LSTMs whose gates see the cell state. */
export const lstmPeepholes: Operation = (golden) => {
  const hidden = (golden.get("in.h0").shape as [number, number])[1];
  const input = golden.get("in.x").shape.at(-1) as number;
  const peepholes = golden.config.peephole;
  if (peepholes !== "diagonal" && peepholes !== "full") throw new Error(`peepholes of kind ${JSON.stringify(peepholes)} are not built`);
  const layer = recurrence(lstm({ input, hidden, peepholes }));
  return differentiate(golden, (t) => {
    const params = {
      ...gateWeights([t.Wi, t.Wf, t.Wc, t.Wo], hidden, input),
      biasInput: concat([t.bi, t.bf, t.bc, t.bo] as Tensor1D[]),
      peepholes: { input: t.pi, forget: t.pf, output: t.po } as LstmParams["peepholes"],
    };
    const state = { h: t.h0 as Tensor2D, c: t.c0 as Tensor2D };
    const found = layer.apply(params as LstmParams, { x: transpose(t.x as Tensor, [1, 0, 2]) as Tensor3D, state });
    return { y: transpose(found.outputs, [1, 0, 2]), hn: found.state.h, cn: found.state.c };
  });
};
