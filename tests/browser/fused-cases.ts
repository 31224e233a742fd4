import {
  affine,
  type AttentionShape,
  fusedAdamw,
  type AdamwTensors,
  fusedSquaredNorm,
  gelu,
  layerNorm,
  fusedAttention,
  fusedCrossEntropy,
  fusedRecurrence,
  type RecurrenceOutputs,
} from "@refrain/core";
import {
  reshape,
  scalar,
  type Scalar,
  square,
  type Tensor,
  tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  where,
} from "@tensorflow/tfjs-core";

/** A fused operation: tensors, and what it makes of them. */
export type FusedCase = {
  readonly name: string;
  /** Whether the tensors have gradients. */
  readonly differentiable?: false;
  tensors(): Record<string, Tensor>;
  run(tensors: Record<string, Tensor>): Tensor[];
};

const GATES = { "rnn-tanh": 1, "rnn-relu": 1, lstm: 4, gru: 3 } as const;

type Kind = keyof typeof GATES;
type Options = {
  readonly lengths?: readonly number[];
  readonly reverse?: boolean;
  readonly table?: boolean;
  readonly bias?: boolean;
  readonly hidden?: number;
  readonly time?: number;
};

const KINDS = Object.keys(GATES) as Kind[];
const [BATCH, INPUT, ROWS] = [3, 3, 6];

export const FUSED_CASES: readonly FusedCase[] = [
  ...KINDS.flatMap((kind) => [
    recurrent(kind, {}),
    recurrent(kind, { reverse: true, bias: false }),
    recurrent(kind, { lengths: [3, 0, 4] }),
    recurrent(kind, { lengths: [3, 0, 4], reverse: true }),
    recurrent(kind, { lengths: [2, 1, 3], table: true }),
    recurrent(kind, { table: true, reverse: true }),
    recurrent(kind, { table: true, time: 1 }),
    recurrent(kind, { lengths: [1, 0, 1], time: 1 }),
    // More units than a workgroup has invocations.
    recurrent(kind, { hidden: 300 }),
  ]),
  // So many units that a dispatch runs two steps, and one.
  recurrent("lstm", { hidden: 1200 }),
  recurrent("gru", { hidden: 1700, lengths: [2, 1, 1] }),
  attention({}),
  attention({ causal: true }),
  attention({ causal: true, window: 3, queries: 4 }),
  attention({ keyLengths: [3, 0] }),
  attention({ causal: true, slopes: [0.5, 0.25, 0.125, 0.0625], keyLengths: [7, 5] }),
  attention({ heads: 4, keyValueHeads: 2, slopes: [0.5, 0.25, 0.125, 0.0625], queries: 5 }),
  attention({ heads: 4, keyValueHeads: 1, causal: true, window: 2, keyLengths: [4, 6] }),
  // More keys, queries and features than a workgroup has invocations.
  attention({ heads: 1, keyValueHeads: 1, causal: true, queries: 70, keys: 150, features: 80, slopes: [0.05] }),
  crossEntropy(5, 0),
  crossEntropy(5, 0.1),
  crossEntropy(200, 0.3),
  // More rows, and more numbers, than workgroups fit beside each other.
  crossEntropy(2, 0.1, 66_000),
  {
    name: "gelu of many numbers",
    tensors: () => ({ x: some([2050, 2049], 1, 3) }),
    run: ({ x }) => [gelu(x as Tensor)],
  },
  {
    name: "affine",
    tensors: () => ({ x: some([2, 9, 5], 1), weight: some([70, 5], 2), bias: some([70], 3) }),
    run: ({ x, weight, bias }) => [affine(x as Tensor, { weight: weight as Tensor2D, bias: bias as Tensor1D })],
  },
  {
    name: "affine without a bias",
    tensors: () => ({ x: some([3, 5], 1), weight: some([2, 5], 2) }),
    run: ({ x, weight }) => [affine(x as Tensor, { weight: weight as Tensor2D })],
  },
  layerNormOf(5),
  layerNormOf(130),
  ...(["none", "tanh"] as const).map(
    (approximate): FusedCase => ({
      name: `gelu, ${approximate}`,
      tensors: () => ({ x: some([7, 15], 1, 6) }),
      run: ({ x }) => [gelu(x as Tensor, { approximate })],
    }),
  ),
  ...[false, true].map(
    (scaled): FusedCase => ({
      name: `adamw${scaled ? " of scaled gradients" : ""}`,
      differentiable: false,
      tensors: () => ({
        ...{ weights: some([9, 11], 1), gradients: some([9, 11], 2), first: some([9, 11], 3), second: square(some([9, 11], 4)) },
        ...(scaled && { scale: scalar(0.3) }),
      }),
      run({ gradients, scale, ...tensors }) {
        const step = { keep: 0.99, beta1: 0.9, beta2: 0.99, step: 0.1, correction: 1.5, epsilon: 1e-3, scale: scale as Scalar | undefined };
        return Object.values(fusedAdamw(tensors as AdamwTensors, gradients as Tensor, step) as AdamwTensors);
      },
    }),
  ),
  ...[1, 8].map(
    (count): FusedCase => ({
      name: `squared norm of ${count} tensors`,
      differentiable: false,
      tensors: () => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, some([i + 1, 997], i)])),
      run: (tensors) => [fusedSquaredNorm([...Object.values(tensors), tensor([])]) as Tensor],
    }),
  ),
];

/** Where there are lengths, what stands beyond them is no number, and no row of the table: it must not be looked at. */
function recurrent(kind: Kind, { lengths, reverse = false, table = false, bias = true, hidden = 5, time = 4 }: Options): FusedCase {
  const gates = GATES[kind] * hidden;
  const real = Array.from({ length: BATCH * time }, (_, row) => row % time < (lengths?.[Math.floor(row / time)] ?? time));
  const inputOf = (x: Tensor) => {
    if (table)
      return {
        table: x as Tensor2D,
        indices: tensor2d(
          real.map((is, row) => (is ? (row * row) % ROWS : 1000)),
          [BATCH, time],
          "int32",
        ),
      };
    const given = tensor2d(real.map(Number), [BATCH * time, 1], "bool");
    return reshape(where(given, x, tensor(Number.NaN)), [BATCH, time, INPUT]) as Tensor3D;
  };
  return {
    name: [kind, lengths && `lengths ${lengths}`, reverse && "reverse", table && "of a table", !bias && "without biases", `${time} steps`, `${hidden} units`]
      .filter(Boolean)
      .join(", "),
    tensors: () => ({
      x: some([table ? ROWS : BATCH * time, INPUT], 1),
      weightInput: some([gates, INPUT], 2, 0.4),
      weightHidden: some([gates, hidden], 3, 1 / Math.sqrt(hidden)),
      ...(bias && { biasInput: some([gates], 4, 0.4), biasHidden: some([gates], 5, 0.4) }),
      h: some([BATCH, hidden], 6, 0.4),
      ...(kind === "lstm" && { c: some([BATCH, hidden], 7, 0.4) }),
    }),
    run({ x, ...rest }) {
      const { outputs, h, c } = fusedRecurrence(kind, { x: inputOf(x as Tensor), ...rest } as never, lengths, reverse) as RecurrenceOutputs;
      return c ? [outputs, h, c] : [outputs, h];
    },
  };
}

/** The keys and values of padding are no numbers. */
function attention({
  queries = 7,
  keys = 7,
  features = 12,
  ...given
}: Partial<AttentionShape> & { readonly queries?: number; readonly keys?: number; readonly features?: number }): FusedCase {
  const shape = { heads: 4, keyValueHeads: 4, causal: false, window: 0, ...given };
  const batch = 2;
  const width = (2 * shape.keyValueHeads * features) / shape.heads;
  const real = Array.from({ length: batch * keys }, (_, row) => row % keys < (shape.keyLengths?.[Math.floor(row / keys)] ?? keys));
  return {
    name: `attention of ${queries} queries to ${keys} keys, ${features} features, ${JSON.stringify(shape)}`,
    tensors: () => ({ query: some([batch, queries, features], 1, 2), keyValues: some([batch, keys, width], 2) }),
    run({ query, keyValues }) {
      const padded = where(tensor(real.map(Number), [batch, keys, 1], "bool"), keyValues as Tensor, tensor(Number.NaN)) as Tensor3D;
      return [fusedAttention(query as Tensor3D, padded, shape) as Tensor3D];
    },
  };
}

/** With labels that are no classes, and large logits. */
function crossEntropy(classes: number, smoothing: number, rows = 6): FusedCase {
  const labels = [0, -1, classes - 1, 2, classes, 1];
  return {
    name: `cross-entropy of ${rows} rows of ${classes} classes, smoothing ${smoothing}`,
    tensors: () => ({ logits: some([rows, classes], 1, 30) }),
    run({ logits }) {
      const each = Int32Array.from({ length: rows }, (_, row) => labels[row % labels.length] as number);
      return [fusedCrossEntropy(logits as Tensor2D, tensor1d(each, "int32"), smoothing) as Tensor1D];
    },
  };
}

function layerNormOf(features: number): FusedCase {
  return {
    name: `layer norm of ${features} features`,
    tensors: () => ({ x: some([2, 7, features], 1), weight: some([features], 2), bias: some([features], 3) }),
    run: ({ x, weight, bias }) => [layerNorm({ features }).apply({ weight: weight as Tensor1D, bias: bias as Tensor1D }, x as Tensor)],
  };
}

/** Numbers around 0, the same for the same seed. */
function some(shape: number[], seed: number, scale = 1): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(1 + seed * 7.3 + i * (1.7 + seed))),
    shape,
  );
}
