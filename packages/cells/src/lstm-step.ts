import { add, mul, sigmoid, split as divide, tanh, type Tensor2D } from "@tensorflow/tfjs-core";
import type { Cell } from "@refrain/core";
import type { LstmState } from "./lstm.ts";
import type { LstmParams, Peepholes } from "./lstm-parameters.ts";
import { normalise } from "./normalise.ts";
import { product } from "./product.ts";

/** One step of an LSTM with whatever parts its parameters have. The formulas stand beside `lstm`. */
export const lstmStep: Cell<LstmParams, LstmState>["step"] = (params, { h, c }, x, recurrentInput = h) => {
  const { peepholes, weightProjection, norms } = params;
  const sums = add(
    product(x, params.weightInput, params.biasInput, norms?.input),
    product(recurrentInput, params.weightHidden, params.biasHidden, norms?.hidden),
  );
  const [i, f, g, o] = divide(sums, 4, -1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
  const kept = mul(sigmoid(seeing(c, f, peepholes?.forget)), c);
  const next: Tensor2D = add(kept, mul(sigmoid(seeing(c, i, peepholes?.input)), tanh(g)));
  const shown: Tensor2D = mul(sigmoid(seeing(next, o, peepholes?.output)), tanh(norms ? normalise(next, norms.cell) : next));
  const output = weightProjection ? product(shown, weightProjection) : shown;
  return { state: { h: output, c: next }, output };
};

/** A gate's sums [batch, hidden] and what it sees of the cell state c [batch, hidden]. */
function seeing(c: Tensor2D, sums: Tensor2D, peephole?: Peepholes["input"]): Tensor2D {
  if (!peephole) return sums;
  return add(sums, isMatrix(peephole) ? product(c, peephole) : mul(c, peephole));
}

function isMatrix(peephole: Peepholes["input"]): peephole is Tensor2D {
  return peephole.rank === 2;
}
