import { argMax, tensor2d, tidy } from "@tensorflow/tfjs-core";
import type { CharRnn, CharRnnParams } from "./char-rnn.ts";

/**
 * How the model would have written a line: after each token of it, the token it holds most likely (teacher forcing). As long as the
 * line; entry i answers to the tokens 0 to i. `tokens` [time], at least one.
 */
export function rewrite(model: CharRnn, params: CharRnnParams, tokens: Int32Array): Int32Array {
  const likeliest = tidy(() => argMax(model.apply(params, { tokens: tensor2d(tokens, [1, tokens.length], "int32") }).logits, -1));
  const written = likeliest.dataSync<"int32">() as Int32Array;
  likeliest.dispose();
  return written;
}
