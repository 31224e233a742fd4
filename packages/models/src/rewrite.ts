import { argMax, tensor2d, tidy } from "@tensorflow/tfjs-core";
import type { TensorTree } from "@refrain/core";
import type { LanguageModel } from "./language-model.ts";

/**
 * How the model would have written a line: after each token of it, the token it holds most likely (teacher forcing). As long as the
 * line; entry i answers to the tokens 0 to i, or to as many before it as the model sees at once, half of those at least.
 * `tokens` [time], at least one.
 */
export function rewrite<P extends TensorTree>(model: LanguageModel<P>, params: P, tokens: Int32Array): Int32Array {
  const { context = tokens.length } = model.config;
  const written = new Int32Array(tokens.length);
  const stride = Math.max(1, Math.floor(context / 2));
  for (let start = 0, done = 0; done < tokens.length; start += stride) {
    const window = tokens.slice(start, start + context);
    written.set(likeliest(model, params, window).subarray(done - start), done);
    done = start + window.length;
  }
  return written;
}

function likeliest<P extends TensorTree>(model: LanguageModel<P>, params: P, tokens: Int32Array): Int32Array {
  const best = tidy(() => argMax(model.apply(params, { tokens: tensor2d(tokens, [1, tokens.length], "int32") }).logits, -1));
  const values = best.dataSync<"int32">() as Int32Array;
  best.dispose();
  return values;
}
