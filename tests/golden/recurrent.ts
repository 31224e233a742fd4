import { concat, slice, split, squeeze, stack as pile, type Tensor, type Tensor2D, type Tensor3D, transpose } from "@tensorflow/tfjs-core";
import { gru, lstm, recurrence, type RecurrentParams, rnn, stack } from "@refrain/cells";
import type { Cell } from "@refrain/core";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

type State = { h: Tensor2D; c?: Tensor2D };
type AnyCell = Cell<RecurrentParams, State>;

type Config = {
  op: "RNN" | "LSTM" | "GRU";
  input_size: number;
  hidden_size: number;
  bias?: boolean;
  nonlinearity?: "tanh" | "relu";
  num_layers?: number;
  lengths?: number[] | null;
};

const MAKERS = { RNN: rnn, LSTM: lstm, GRU: gru } as unknown as Record<Config["op"], (config: object) => AnyCell>;

/** The entries along the first axis. (tf.unstack has no gradient for a single one.) */
const entries = (t: Tensor | undefined): Tensor[] => Array.from({ length: t?.shape[0] ?? 0 }, (_, i) => squeeze(slice(t as Tensor, [i], [1]), [0]));

/** PyTorch's RNN, LSTM and GRU, any number of layers in one direction. PyTorch has time first. */
export const recurrent: Operation = (golden) => {
  const { op, input_size, hidden_size, bias = true, nonlinearity = "tanh", num_layers = 1, lengths } = golden.config as unknown as Config;
  const layers = Array.from({ length: num_layers }, (_, i) =>
    MAKERS[op]({ input: i === 0 ? input_size : hidden_size, hidden: hidden_size, bias, nonlinearity }),
  );
  const layer = recurrence(stack(layers));
  return differentiate(golden, (t) => {
    const params = layers.map((_, i) => layerParams(t, i));
    const cells = entries(t.c0);
    const state = entries(t.h0).map((h, i) => ({ h, ...(cells[i] && { c: cells[i] }) })) as State[];
    const x = transpose(t.x as Tensor, [1, 0, 2]) as Tensor3D;
    const { outputs, state: last } = layer.apply(params, { x, state, lengths: lengths ?? undefined });
    const y = transpose(outputs, [1, 0, 2]);
    const hn = pile(last.map(({ h }) => h));
    return { y, hn, ...(t.c0 && { cn: pile(last.map(({ c }) => c as Tensor)) }) };
  });
};

export function layerParams(t: Record<string, Tensor>, layer: number): RecurrentParams {
  const [biasInput, biasHidden] = [t[`bias_ih_l${layer}`], t[`bias_hh_l${layer}`]];
  return {
    weightInput: t[`weight_ih_l${layer}`] as Tensor2D,
    weightHidden: t[`weight_hh_l${layer}`] as Tensor2D,
    ...(biasInput && { biasInput, biasHidden }),
  } as RecurrentParams;
}

/** The lesson's GRU. Its matrices are [hidden, hidden + input], the columns of h first. */
export const gruResetBefore: Operation = (golden) => {
  const hidden = (golden.get("in.h0").shape as [number, number])[1];
  const input = golden.get("in.x").shape.at(-1) as number;
  const layer = recurrence(gru({ input, hidden, bias: false, reset: "before" }));
  return differentiate(golden, (t) => {
    const parts = [t.Wr, t.Wz, t.W].map((w) => split(w as Tensor, [hidden, input], 1));
    const params = {
      weightHidden: concat(parts.map(([h]) => h as Tensor)) as Tensor2D,
      weightInput: concat(parts.map(([, x]) => x as Tensor)) as Tensor2D,
    };
    const { outputs, state } = layer.apply(params, { x: transpose(t.x as Tensor, [1, 0, 2]) as Tensor3D, state: { h: t.h0 as Tensor2D } });
    return { y: transpose(outputs, [1, 0, 2]), hn: state.h };
  });
};
