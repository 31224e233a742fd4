import { classWeights, crossEntropy, focalLoss } from "@refrain/losses";
import type { TokenLoss } from "@refrain/models";
import { type Tensor1D, tensor1d } from "@tensorflow/tfjs-core";
import { checkBelongs } from "./check-belongs.ts";
import type { TrainValues } from "./train-options.ts";

/**
 * The loss that the options ask for, on a text whose tokens come as often as `counts` says.
 * @throws {UserError} when one of them belongs to another loss.
 */
export function lossOf(values: TrainValues, counts: Int32Array): TokenLoss {
  const { loss, gamma, "label-smoothing": smoothing } = values;
  checkBelongs("gamma", gamma, "loss", ["focal"], loss);
  checkBelongs("label-smoothing", smoothing > 0, "loss", ["cross-entropy"], loss);
  const weights = weightsOf(values, counts);
  return loss === "focal"
    ? (logits, labels) => focalLoss(logits, labels, { gamma: gamma ?? 2, weights })
    : (logits, labels) => crossEntropy(logits, labels, { smoothing, weights });
}

/** The weight of each token, which lives as long as the process; none where none were asked for. */
function weightsOf({ "class-weights": by, beta }: TrainValues, counts: Int32Array): Tensor1D | undefined {
  checkBelongs("beta", beta, "class-weights", ["balanced"], by);
  if (by === undefined) return undefined;
  return tensor1d(classWeights(counts, { beta: by === "inverse" ? 1 : (beta ?? 0.9) }));
}
