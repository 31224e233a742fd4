import { binaryFocalLoss, countCorrect, crf, crossEntropy, ctcLoss, focalLoss, negativeLogLikelihood, sequenceMask } from "@refrain/losses";
import { key, type TensorTree } from "@refrain/core";
import { add, cast, step, type Tensor, tensor1d, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";
import { labels, LENGTHS, matrix, sequences } from "../inputs.ts";
import { operation, type Operation } from "../operation.ts";

const LOSSES = "@refrain/losses";
const weights = () => tensor1d([0.5, 1, 1.5, 2, 1]);
const tagger = crf({ tags: 5 });

export const losses: readonly Operation[] = [
  operation(
    LOSSES,
    "negativeLogLikelihood",
    () => ({ x: sequences() }),
    ({ x }) => negativeLogLikelihood(x, labels()),
  ),
  operation(
    LOSSES,
    "crossEntropy",
    () => ({ x: sequences() }),
    ({ x }) => crossEntropy(x, labels()),
  ),
  operation(
    LOSSES,
    "crossEntropy, smoothing",
    () => ({ x: sequences() }),
    ({ x }) => crossEntropy(x, labels(), { smoothing: 0.1 }),
  ),
  operation(
    LOSSES,
    "crossEntropy, weights",
    () => ({ x: sequences() }),
    ({ x }) => crossEntropy(x, labels(), { weights: weights() }),
  ),
  operation(
    LOSSES,
    "focalLoss",
    () => ({ x: sequences() }),
    ({ x }) => focalLoss(x, labels(), { weights: weights() }),
  ),
  operation(
    LOSSES,
    "binaryFocalLoss",
    () => ({ x: matrix(3, 4) }),
    ({ x }) => binaryFocalLoss(x, step(tensor2d([1, -1, 1, 1, -1, -1, 1, -1, 1, -1, 1, 1], [3, 4]))),
  ),
  operation(
    LOSSES,
    "crf, negativeLogLikelihood",
    () => ({ params: tagger.init(key(1)) as TensorTree, x: sequences() as Tensor }),
    ({ params, x }) => tagger.negativeLogLikelihood(params as never, x as Tensor3D, labels(), LENGTHS),
  ),
  operation(
    LOSSES,
    "ctcLoss",
    () => ({ x: sequences() as Tensor }),
    ({ x }) => ctcLoss(x as Tensor3D, [[1, 2], [3], [4, 4]]),
  ),
  operation(
    LOSSES,
    "sequenceMask",
    () => ({}),
    () => add(cast(sequenceMask(LENGTHS, 4), "float32"), 0),
  ),
  operation(
    LOSSES,
    "countCorrect",
    () => ({}),
    () => Object.values(countCorrect(sequences(), labels())) as Tensor[],
  ),
];
