import { cast, mul, type Tensor2D } from "@tensorflow/tfjs-core";
import { checkLengths } from "@refrain/core";
import { sequenceMask } from "@refrain/losses";

/**
 * Tokens, int32 [batch, time], with token 0 in place of whatever stands beyond a sequence's length, so that any padding can be looked up.
 *
 * @throws {RangeError} unless there is one whole length from 0 to time for each sequence.
 */
export function realTokens(tokens: Tensor2D, lengths: readonly number[] | undefined): Tensor2D {
  if (!lengths) return tokens;
  const [batch, time] = tokens.shape;
  checkLengths(batch, time, lengths);
  return mul(tokens, cast(sequenceMask(lengths, time), "int32"));
}
