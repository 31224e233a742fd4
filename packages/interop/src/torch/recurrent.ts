import type { Tensor } from "@tensorflow/tfjs-core";
import type { BothDirections, LstmParams } from "@refrain/cells";
import type { Parts } from "../mapping.ts";
import type { Reader } from "../reader.ts";
import { refuseOthers } from "../refuse-others.ts";

/** What a cell of any of PyTorch's recurrent modules holds; only an LSTM's may have the projection. */
type CellParams = Pick<LstmParams, keyof typeof NAMES>;

export type RecurrentLayerParams = CellParams | BothDirections<CellParams, CellParams>;

export type RecurrentConfig = {
  /** Whether each layer reads in both directions; the parameters are then those of `deep` over `bidirectional` layers. */
  readonly bidirectional?: boolean;
};

/** PyTorch's names for ours, each before "_l0" and so on. */
const NAMES = {
  weightInput: "weight_ih",
  weightHidden: "weight_hh",
  biasInput: "bias_ih",
  biasHidden: "bias_hh",
  weightProjection: "weight_hr",
} as const;

const GATES = { torchRnn: 1, torchGru: 3, torchLstm: 4 } as const;

/**
 * Of torch.nn's RNN, GRU and LSTM with any number of layers, bottom first: weight_ih_l0 [gates * hidden, input], weight_hh_l0, bias_ih_l0,
 * bias_hh_l0, of an LSTM with proj_size weight_hr_l0 [projection, hidden]; "_reverse" follows the names of the backward direction.
 */
export function recurrentParts(what: keyof typeof GATES, { bidirectional = false }: RecurrentConfig): Parts<readonly RecurrentLayerParams[]> {
  const directions = bidirectional ? ["", "_reverse"] : [""];
  return {
    read(reader) {
      let [, input] = reader.sizes("weight_ih_l0");
      return Array.from({ length: reader.count("weight_ih_l") }, (_, i) => {
        const cells = directions.map((direction) => readCell(reader, `_l${i}${direction}`, GATES[what], input, what === "torchLstm"));
        input = cells.reduce((width, { weightHidden }) => width + weightHidden.shape[1], 0);
        const [forwards, backwards] = cells as [CellParams, CellParams];
        return bidirectional ? { forwards, backwards } : forwards;
      });
    },
    write(layers) {
      const tensors = layers.flatMap((layer, i) => {
        const both = "forwards" in layer;
        if (both !== bidirectional)
          throw new Error(`${what}: bidirectional is ${bidirectional}, but layer ${i} has parameters for ${both ? "both directions" : "one"}.`);
        return (both ? [layer.forwards, layer.backwards] : [layer]).map((cell, d) => writeCell(what, cell, `_l${i}${directions[d]}`));
      });
      return Object.assign({}, ...tensors);
    },
  };
}

function readCell(reader: Reader, suffix: string, gates: number, input: number, projects: boolean): CellParams {
  const [rows] = reader.sizes(`weight_ih${suffix}`);
  const hidden = Math.ceil(rows / gates);
  const projection = projects && reader.has(`weight_hr${suffix}`) ? reader.sizes(`weight_hr${suffix}`)[0] : undefined;
  const bias = (name: string) => reader.vector(name + suffix, gates * hidden);
  return {
    weightInput: reader.matrix(`weight_ih${suffix}`, gates * hidden, input),
    weightHidden: reader.matrix(`weight_hh${suffix}`, gates * hidden, projection ?? hidden),
    ...((reader.has(`bias_ih${suffix}`) || reader.has(`bias_hh${suffix}`)) && { biasInput: bias("bias_ih"), biasHidden: bias("bias_hh") }),
    ...(projection !== undefined && { weightProjection: reader.matrix(`weight_hr${suffix}`, projection, hidden) }),
  };
}

function writeCell(what: string, cell: CellParams, suffix: string): Record<string, Tensor> {
  const names = Object.keys(NAMES) as (keyof typeof NAMES)[];
  refuseOthers(what, cell, names);
  return Object.fromEntries(names.flatMap((name) => (cell[name] ? [[NAMES[name] + suffix, cell[name]]] : [])));
}
