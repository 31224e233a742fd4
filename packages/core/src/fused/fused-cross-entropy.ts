import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { gpuCrossEntropy } from "../webgpu/gpu-cross-entropy.ts";
import { onWebgpu } from "../webgpu/run-program.ts";

/**
 * Negative log-likelihood of each label under softmax(logits), [rows], with label smoothing; labels outside the classes give 0
 * and no gradient. Undefined where the backend is neither `simd` nor `webgpu`, or there are no logits. `logits` [rows, classes], `labels` int32 [rows].
 */
export function fusedCrossEntropy(logits: Tensor2D, labels: Tensor1D, smoothing: number): Tensor1D | undefined {
  const bench = workbench();
  if (!bench) return onWebgpu() && logits.size > 0 ? gpuCrossEntropy(logits, labels, smoothing) : undefined;
  const { run, tensor, at } = bench;
  const [rows, classes] = logits.shape;
  const [losses] = customOp({
    inputs: { logits },
    forward(save) {
      const losses = tensor([rows]),
        logSums = tensor([rows]);
      run.crossEntropyForward(rows, classes, at(logits), at(labels), smoothing, at(losses), at(logSums));
      save([logSums, labels]);
      return [losses];
    },
    backward([scales], [logSums, saved]) {
      const out = tensor([rows, classes]);
      run.crossEntropyBackward(rows, classes, at(logits), at(saved), at(logSums), at(scales), smoothing, at(out));
      return { logits: out };
    },
  });
  return losses as Tensor1D;
}
