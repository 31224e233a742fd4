import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { treeLstm } from "@refrain/cells";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

/** The child-sum Tree-LSTM. */
export const treeLstmCase: Operation = async (golden) => {
  if (golden.config.kind !== "child-sum") throw new Error(`a Tree-LSTM of kind ${JSON.stringify(golden.config.kind)} is not built`);
  const input = (golden.get("in.x").shape as [number, number])[1];
  const hidden = (golden.get("param.U").shape as [number, number])[1];
  const layer = treeLstm({ input, hidden });
  const given = await golden.get("in.parent").data<"int32">();
  // make.py's longer forests leave out the last nodes' parents, which makes roots of them.
  const parents = Int32Array.from({ length: golden.get("in.x").shape[0] as number }, (_, node) => given[node] ?? -1);
  return differentiate(golden, ({ x, W, U, b }) => ({
    ...layer.apply({ weightInput: W as Tensor2D, weightHidden: U as Tensor2D, bias: b as Tensor1D }, { x: x as Tensor2D, parents }),
  }));
};
