import * as tf from "@tensorflow/tfjs-core";

/** A function that runs an operation once, made with its inputs. */
type Operation = () => () => tf.Tensor;

const some = (...shape: number[]) => tf.randomUniform(shape, -1, 1, "float32", 1);
const tokens = (count: number, vocabulary: number) => tf.randomUniform([count], 0, vocabulary, "int32", 2);
const shapeName = (shape: readonly number[]) => shape.join("×");

/** An operation on one tensor, at several shapes. */
const on = (name: string, apply: (x: tf.Tensor) => tf.Tensor, ...shapes: number[][]): [string, Operation][] =>
  shapes.map((shape) => [
    `${name} ${shapeName(shape)}`,
    () => {
      const x = some(...shape);
      return () => apply(x);
    },
  ]);

/** An operation on two tensors, at several pairs of shapes. */
const onTwo = (name: string, apply: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, ...pairs: [number[], number[]][]): [string, Operation][] =>
  pairs.map(([left, right]) => [
    `${name} ${shapeName(left)}, ${shapeName(right)}`,
    () => {
      const a = some(...left),
        b = some(...right);
      return () => apply(a, b);
    },
  ]);

const gathering = (vocabulary: number, width: number, count: number): [string, Operation] => [
  `gather ${count} rows of ${vocabulary}×${width}`,
  () => {
    const table = some(vocabulary, width),
      indices = tokens(count, vocabulary);
    return () => tf.gather(table, indices);
  },
];

/** Numbers of a small tensor, one of a batch's size, and one that leaves the caches. */
const COUNTS = [[4096], [65_536], [1_048_576]];

const square = (size: number): [number[], number[]] => [
  [size, size],
  [size, size],
];

/** What sequence models are made of, by name and shape. */
export const OPERATIONS: Readonly<Record<string, Operation>> = Object.fromEntries([
  ...onTwo("matMul", (a, b) => tf.matMul(a, b), square(64), square(256), square(768), [
    [1, 512],
    [512, 2048],
  ]),
  ...onTwo("matMul, second transposed", (a, b) => tf.matMul(a, b, false, true), square(256), [
    [48, 4, 64, 32],
    [48, 4, 64, 32],
  ]),
  ...on("softmax", (x) => tf.softmax(x), [256, 65], [512, 4000]),
  ...on("logSoftmax", (x) => tf.logSoftmax(x), [512, 4000]),
  ...on("mean of rows", (x) => tf.mean(x, -1, true), [768, 128], [2048, 512]),
  ...on("sum of rows", (x) => tf.sum(x, -1), [768, 128], [2048, 512]),
  ...on("sum of columns", (x) => tf.sum(x, 0), [2048, 512]),
  ...on("argMax", (x) => tf.argMax(x, -1), [512, 4000]),
  ...on("rsqrt", (x) => tf.rsqrt(x), [768, 1]),
  ...onTwo("mul by a column", (a, b) => tf.mul(a, b), [
    [2048, 512],
    [2048, 1],
  ]),
  ...onTwo(
    "add a row",
    (a, b) => tf.add(a, b),
    [
      [768, 128],
      [1, 128],
    ],
    [
      [512, 4000],
      [1, 4000],
    ],
  ),
  gathering(65, 64, 2500),
  gathering(4000, 512, 2048),
  ...onTwo("add", (a, b) => tf.add(a, b), ...COUNTS.map((shape): [number[], number[]] => [shape, shape])),
  ...onTwo("mul", (a, b) => tf.mul(a, b), ...COUNTS.map((shape): [number[], number[]] => [shape, shape])),
  ...on("sigmoid", (x) => tf.sigmoid(x), ...COUNTS),
  ...on("tanh", (x) => tf.tanh(x), ...COUNTS),
  ...on("exp", (x) => tf.exp(x), ...COUNTS),
  ...on("relu", (x) => tf.relu(x), ...COUNTS),
  ...on("transpose", (x) => tf.transpose(x), [256, 256], [2048, 512]),
  ...on("transpose 0, 2, 1, 3 of", (x) => tf.transpose(x, [0, 2, 1, 3]), [12, 64, 4, 32]),
  ...on("slice half the columns of", (x) => tf.slice(x, [0, 0], [-1, (x.shape[1] as number) / 2]), [2048, 512]),
  ...onTwo("concat columns", (a, b) => tf.concat([a, b], 1), [
    [2048, 256],
    [2048, 256],
  ]),
]);
