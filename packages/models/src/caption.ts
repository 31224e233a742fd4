import { tensor4d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree } from "@refrain/core";
import type { Captioner, CaptionerParams, CaptionerState } from "./captioner.ts";
import { write, type WriteOptions, type Written } from "./write.ts";

/** What was written of a picture, and where each token looked. */
export type Caption = Omit<Written, "weights"> & {
  /** Where each word looked, [tokens][row][column], the weights of a word summing to 1; where it was asked for. */
  readonly weights?: readonly (readonly (readonly number[])[])[];
};

/**
 * What a model writes of a picture, and where in it each word looked. The picture is read once.
 *
 * @param picture [height, width, channels] of the model's config, row by row
 * @throws {RangeError} when it has another number of numbers; see `beamSearch` for the options.
 */
export function caption(model: Captioner, params: CaptionerParams, picture: ArrayLike<number>, options: WriteOptions): Caption {
  const { height, width, channels } = model.config;
  if (picture.length !== height * width * channels)
    throw new RangeError(
      `caption: a picture of ${height} × ${width} × ${channels} has ${height * width * channels} numbers, but ${picture.length} were given.`,
    );
  const shape: [number, number, number, number] = [1, height, width, channels];
  // Nested tensors, which tidy's types do not know as such.
  const encoded = tidy(() => model.encode(params, { picture: tensor4d(Float32Array.from(picture), shape) }) as never) as CaptionerState;
  try {
    const { weights, ...written } = write(model, params, encoded, options);
    const { height: rows, width: columns } = model.places;
    const asPicture = (row: readonly number[]) => Array.from({ length: rows }, (_, i) => row.slice(i * columns, (i + 1) * columns));
    return { ...written, ...(weights && { weights: weights.map(asPicture) }) };
  } finally {
    disposeTree(encoded);
  }
}
