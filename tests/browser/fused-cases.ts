import { fusedRecurrence, type RecurrenceOutputs } from "@refrain/core";
import { reshape, type Tensor, tensor, type Tensor2D, tensor2d, type Tensor3D, where } from "@tensorflow/tfjs-core";

/** A fused operation: tensors that gradients are wanted of, and what it makes of them. */
export type FusedCase = {
  readonly name: string;
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
};

const KINDS = Object.keys(GATES) as Kind[];
const [BATCH, TIME, INPUT, ROWS] = [3, 4, 3, 6];

export const FUSED_CASES: readonly FusedCase[] = [
  ...KINDS.flatMap((kind) => [
    recurrent(kind, {}),
    recurrent(kind, { reverse: true, bias: false }),
    recurrent(kind, { lengths: [3, 0, 4] }),
    recurrent(kind, { lengths: [3, 0, 4], reverse: true }),
    recurrent(kind, { lengths: [2, 1, 3], table: true }),
    recurrent(kind, { table: true, reverse: true }),
    // More units than a workgroup has invocations.
    recurrent(kind, { hidden: 300 }),
  ]),
  // So many units that each step is a dispatch.
  recurrent("lstm", { hidden: 4100, lengths: [2, 1, 1] }),
];

/** Where there are lengths, what stands beyond them is no number, and no row of the table: it must not be looked at. */
function recurrent(kind: Kind, { lengths, reverse = false, table = false, bias = true, hidden = 5 }: Options): FusedCase {
  const gates = GATES[kind] * hidden;
  const real = Array.from({ length: BATCH * TIME }, (_, row) => row % TIME < (lengths?.[Math.floor(row / TIME)] ?? TIME));
  const inputOf = (x: Tensor) => {
    if (table)
      return {
        table: x as Tensor2D,
        indices: tensor2d(
          real.map((is, row) => (is ? (row * row) % ROWS : 1000)),
          [BATCH, TIME],
          "int32",
        ),
      };
    const given = tensor2d(real.map(Number), [BATCH * TIME, 1], "bool");
    return reshape(where(given, x, tensor(Number.NaN)), [BATCH, TIME, INPUT]) as Tensor3D;
  };
  return {
    name: [kind, lengths && `lengths ${lengths}`, reverse && "reverse", table && "of a table", !bias && "without biases", `${hidden} units`]
      .filter(Boolean)
      .join(", "),
    tensors: () => ({
      x: some([table ? ROWS : BATCH * TIME, INPUT], 1),
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

/** Numbers around 0, the same for the same seed. */
function some(shape: number[], seed: number, scale = 1): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(1 + seed * 7.3 + i * (1.7 + seed))),
    shape,
  );
}
