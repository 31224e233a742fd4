import type { Tensor } from "@tensorflow/tfjs-core";
import { charRnn, type CharRnnParams } from "@refrain/models";
import { type Operation, withPrefix } from "./case.ts";
import { layerParams } from "./recurrent.ts";
import { trajectory } from "./trajectory.ts";

/** A whole training run: the same start and batches must give the same losses, gradient norms and final weights. */
export const trainCharRnn: Operation = (golden) => {
  const given = withPrefix(golden, "param.");
  const [vocabulary, width] = golden.get("param.embedding.weight").shape as [number, number];
  const hidden = (golden.get("param.lstm.weight_hh_l0").shape as [number, number])[1];
  const layers = Object.keys(given).filter((name) => name.startsWith("lstm.weight_ih")).length;
  const model = charRnn({ cell: "lstm", vocabulary, embedding: width, hidden, layers });
  const cells = withPrefix(golden, "param.lstm.");
  const start = {
    embedding: { weight: given["embedding.weight"] },
    cells: Array.from({ length: layers }, (_, i) => layerParams(cells, i)),
    head: { weight: given["head.weight"], bias: given["head.bias"] },
  } as CharRnnParams;
  const { params, computed } = trajectory(golden, start, (p, tokens) => model.apply(p, { tokens }).logits);
  const torchNames = (cell: CharRnnParams["cells"][number], i: number) => ({
    [`out.final.lstm.weight_ih_l${i}`]: cell.weightInput,
    [`out.final.lstm.weight_hh_l${i}`]: cell.weightHidden,
    [`out.final.lstm.bias_ih_l${i}`]: cell.biasInput as Tensor,
    [`out.final.lstm.bias_hh_l${i}`]: cell.biasHidden as Tensor,
  });
  return {
    ...computed,
    "out.final.embedding.weight": params.embedding.weight,
    ...Object.assign({}, ...params.cells.map(torchNames)),
    "out.final.head.weight": (params.head as { weight: Tensor }).weight,
    "out.final.head.bias": params.head.bias as Tensor,
  };
};
