import { cast, slice, stack as pile, type Tensor, type Tensor2D, unstack } from "@tensorflow/tfjs-core";
import { type TensorTree, valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { adamw, clipByGlobalNorm } from "@refrain/train";
import type { Computed, GoldenCase } from "./case.ts";

/** Trains a language model as the case says: the same start and batches must give the same losses and gradient norms. */
export function trajectory<P extends TensorTree>(
  golden: GoldenCase,
  start: P,
  logitsOf: (params: P, tokens: Tensor2D) => Tensor,
): { readonly params: P; readonly computed: Computed } {
  const [, rate = Number.NaN] = /^Adam lr ([\d.]+)$/.exec(golden.config.optimizer as string)?.map(Number) ?? [];
  const optimizer = adamw({ decay: 0 });
  let params = start;
  let state = optimizer.init(params);
  const objective = valueAndGrad((p: P, tokens: Tensor2D) => {
    const [batch, time] = tokens.shape;
    const logits = logitsOf(p, slice(tokens, [0, 0], [batch, time - 1]));
    return crossEntropy(logits, slice(tokens, [0, 1], [batch, time - 1]));
  });
  const losses: Tensor[] = [],
    norms: Tensor[] = [];
  for (const [i, tokens] of unstack(golden.get("in.tokens")).entries()) {
    const { value, gradients } = objective(params, cast(tokens, "int32") as Tensor2D);
    const clipped = clipByGlobalNorm(gradients, golden.config.clip as number);
    losses.push(value);
    norms.push(clipped.norm);
    ({ params, state } = optimizer.update(clipped.gradients, state, params, { step: i + 1, rate }));
  }
  return { params, computed: { "out.loss": pile(losses), "out.norm": pile(norms) } };
}
