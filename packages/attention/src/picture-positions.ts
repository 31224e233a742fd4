import { broadcastTo, concat, expandDims, reshape, type Tensor2D } from "@tensorflow/tfjs-core";
import { sinusoidal } from "./sinusoidal.ts";

/**
 * Sinusoidal positions in a picture (Parmar et al. 2018, section 3.1): the first half of the features tells the row, the second the column, each
 * as `sinusoidal` does: [height * width, features].
 *
 * @throws {RangeError} unless the features are divisible by 4.
 */
export function picturePositions(height: number, width: number, features: number): Tensor2D {
  if (!Number.isInteger(features / 4) || features < 4)
    throw new RangeError(`picturePositions: the features must be divisible by 4, pairs for rows and pairs for columns, but are ${features}.`);
  const half = features / 2;
  const rows = broadcastTo(expandDims(sinusoidal(height, half), 1), [height, width, half]);
  const columns = broadcastTo(expandDims(sinusoidal(width, half), 0), [height, width, half]);
  return reshape(concat([rows, columns], 2), [height * width, features]);
}
