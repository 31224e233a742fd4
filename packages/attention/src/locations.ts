import { add, reshape, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { picturePositions } from "./picture-positions.ts";

/** What a picture's locations are told. */
export type LocationsOptions = {
  /** Whether each location is told where it lies: not at all (the default), or by `picturePositions`, which are added to it. */
  readonly positions?: "none" | "sinusoidal";
};

/**
 * A picture's locations, row by row, as the memory that an attending decoder looks at (Xu et al. 2015, section 3.1.1):
 * `picture` [batch, height, width, features], a convolutional net's last maps, say, to [batch, height * width, features].
 *
 * @throws {RangeError} unless the features are divisible by 4 where they take in sinusoidal positions.
 */
export function locations(picture: Tensor4D, { positions = "none" }: LocationsOptions = {}): Tensor3D {
  if (positions !== "none" && positions !== "sinusoidal")
    throw new TypeError(`locations: positions must be "none" or "sinusoidal", but is ${JSON.stringify(positions)}.`);
  const [batch, height, width, features] = picture.shape;
  const memory: Tensor3D = reshape(picture, [batch, height * width, features]);
  return positions === "none" ? memory : add(memory, picturePositions(height, width, features));
}
