import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";

/** Token sequences of different lengths as rows of one array. */
export type PaddedTokens = {
  readonly rows: number;
  /** Steps of a row. */
  readonly time: number;
  /** [rows, time], row-major; what stands beyond a sequence's length is not looked at. */
  readonly tokens: Int32Array;
  /** [rows] */
  readonly lengths: readonly number[];
};

/** Their tokens as a tensor, int32 [rows, time]. */
export function tokensOf({ rows, time, tokens }: PaddedTokens): Tensor2D {
  return tensor2d(tokens, [rows, time], "int32");
}
