export { accuracy, countCorrect, type Hits } from "./accuracy.ts";
export { binaryFocalLoss, type BinaryFocalOptions } from "./binary-focal-loss.ts";
export { bitsPerCharacter } from "./bits-per-character.ts";
export { crossEntropy, type CrossEntropyOptions } from "./cross-entropy.ts";
export { distinct } from "./distinct.ts";
export { focalLoss, type FocalOptions } from "./focal-loss.ts";
export { negativeLogLikelihood } from "./negative-log-likelihood.ts";
export { perplexity } from "./perplexity.ts";
