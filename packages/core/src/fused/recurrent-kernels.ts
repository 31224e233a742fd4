import type { KernelFunctions, Pointer } from "@refrain/kernels";

/** The blocks that a recurrent kernel works on; shapes with n packed rows, B sequences, H hidden units, G gates. */
type Blocks = {
  readonly time: number;
  readonly hidden: number;
  /** i32 [time] */
  readonly counts: Pointer;
  /** [n, G * H]: pre-activations, then activations. */
  readonly gates: Pointer;
  readonly weights: Pointer;
  readonly recurrentBias: Pointer;
  /** [B, H]: the state, and the cell state of an LSTM. */
  readonly h: Pointer;
  readonly c: Pointer;
  /** [n, H]: the hidden state before each step. */
  readonly previous: Pointer;
  /** [n, H]: the cells of an LSTM, the candidates of a GRU. */
  readonly extra: Pointer;
  /** [n, H] */
  readonly outputs: Pointer;
};

type GradientBlocks = Blocks & {
  /** [n, H] */
  readonly dOutputs: Pointer;
  /** [B, H]: the gradients of the last state, then of the initial one. */
  readonly dh: Pointer;
  readonly dc: Pointer;
  /** [n, G * H]: out, the gradients of the input's part of the pre-activations, and of the hidden state's where it differs. */
  readonly dInput: Pointer;
  readonly dRecurrent: Pointer;
};

/** The blocks of one step of several texts; shapes as above, the texts in the place of packed rows. */
type StepBlocks = {
  readonly texts: number;
  readonly hidden: number;
  /** [texts, G * H]: pre-activations; of a `split` kernel the input's part, and the hidden state's in `recurrent`. */
  readonly gates: Pointer;
  readonly recurrent: Pointer;
  /** [texts, H]: the state before, then after. */
  readonly h: Pointer;
  readonly c: Pointer;
};

export type RecurrentKernel = {
  readonly gates: number;
  /** Whether the state has a cell besides the hidden state. */
  readonly cell: boolean;
  /** Whether `extra` is wanted. */
  readonly extra: boolean;
  /** Whether the hidden state's part of the pre-activations has a bias and a gradient of its own (a GRU's reset gate acts on it). */
  readonly split: boolean;
  step(run: KernelFunctions, blocks: StepBlocks): void;
  forward(run: KernelFunctions, blocks: Blocks): void;
  backward(run: KernelFunctions, blocks: GradientBlocks): void;
};

/** A plain net's only gate is its output. */
const rnn = (relu: boolean): RecurrentKernel => ({
  gates: 1,
  cell: false,
  extra: false,
  split: false,
  step: (run, b) => run.rnnCells(b.texts, b.hidden, relu, b.gates, b.h),
  forward: (run, b) => run.rnnForward(b.time, b.hidden, relu, b.counts, b.gates, b.weights, b.h, b.previous),
  backward: (run, b) => run.rnnBackward(b.time, b.hidden, relu, b.counts, b.gates, b.weights, b.dOutputs, b.dh, b.dInput),
});

/** The recurrent nets that have whole-sequence kernels. */
export type RecurrentKind = "rnn-tanh" | "rnn-relu" | "lstm" | "gru";

export const RECURRENT_KERNELS: Readonly<Record<RecurrentKind, RecurrentKernel>> = {
  "rnn-tanh": rnn(false),
  "rnn-relu": rnn(true),
  lstm: {
    gates: 4,
    cell: true,
    extra: true,
    split: false,
    step: (run, b) => run.lstmCells(b.texts, b.hidden, b.gates, b.h, b.c),
    forward: (run, b) => run.lstmForward(b.time, b.hidden, b.counts, b.gates, b.weights, b.h, b.c, b.previous, b.extra, b.outputs),
    backward: (run, b) => run.lstmBackward(b.time, b.hidden, b.counts, b.gates, b.weights, b.c, b.extra, b.dOutputs, b.dh, b.dc, b.dInput),
  },
  gru: {
    gates: 3,
    cell: false,
    extra: true,
    split: true,
    step: (run, b) => run.gruCells(b.texts, b.hidden, b.gates, b.recurrent, b.h),
    forward: (run, b) => run.gruForward(b.time, b.hidden, b.counts, b.gates, b.weights, b.recurrentBias, b.h, b.previous, b.extra, b.outputs),
    backward: (run, b) => run.gruBackward(b.time, b.hidden, b.counts, b.gates, b.weights, b.previous, b.extra, b.dOutputs, b.dh, b.dInput, b.dRecurrent),
  },
};
