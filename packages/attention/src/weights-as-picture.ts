import { reshape, type Tensor } from "@tensorflow/tfjs-core";

/**
 * Weights over a picture's locations, laid out as the picture: [.., height * width] to [.., height, width].
 *
 * @throws {Error} when there are not height * width weights.
 */
export function weightsAsPicture(weights: Tensor, height: number, width: number): Tensor {
  if (weights.shape.at(-1) !== height * width)
    throw new Error(`weightsAsPicture: ${height} × ${width} locations must have as many weights, but the weights are [${weights.shape}].`);
  return reshape(weights, [...weights.shape.slice(0, -1), height, width]);
}
