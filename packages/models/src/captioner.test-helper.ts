import { add, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { key, mapTree } from "@refrain/core";
import { some } from "@refrain-tests/checks";
import { captioner, type CaptionerConfig, type CaptionerInput, type CaptionerParams } from "./captioner.ts";
import { someTokens } from "./seq2seq.test-helper.ts";

/** A small captioner that writes tokens 0 to 2 between the marks 3 and 4. */
export const CAPTIONER: CaptionerConfig = {
  ...{ height: 4, width: 6, channels: 2, convolutions: [4] },
  ...{ vocabulary: 5, start: 3, end: 4 },
  ...{ cell: "gru", embedding: 3, hidden: 3 },
};

/** Small ones of every kind. */
export const CAPTIONERS: readonly (readonly [string, CaptionerConfig])[] = [
  ["one convolution, gru", CAPTIONER],
  ["two convolutions, lstm, general", { ...CAPTIONER, height: 8, width: 4, convolutions: [6, 4], cell: "lstm", similarity: "general" }],
  ["places that are not told where they lie", { ...CAPTIONER, convolutions: [3], positions: "none" }],
];

/** Parameters large enough for every part to count. */
export function stirredCaptioner(config: CaptionerConfig, seed = 1): CaptionerParams {
  let place = 0;
  return mapTree(captioner(config).init(key(seed)), (leaf) => add(leaf, some(leaf.shape, seed * 1000 + place++, 0.5)));
}

export function somePictures({ height, width, channels }: CaptionerConfig, rows: number): Tensor4D {
  return some([rows, height, width, channels], 1) as Tensor4D;
}

/** Two pictures, with captions of three tokens. */
export function somePicturesWithCaptions(config: CaptionerConfig): CaptionerInput & { readonly target: Tensor2D } {
  return { picture: somePictures(config, 2), target: someTokens(2, 3, config.vocabulary, 2) };
}
