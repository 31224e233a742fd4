import type { KernelFunctions, Pointer } from "@refrain/kernels";
import { CELLS, type CellStep } from "@refrain/kernels/nets";

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

export type RecurrentKernel = Pick<CellStep, "gates" | "cell" | "split"> & {
  /** Whether `extra` is wanted. */
  readonly extra: boolean;
  forward(run: KernelFunctions, blocks: Blocks): void;
  backward(run: KernelFunctions, blocks: GradientBlocks): void;
};

/** A plain net's only gate is its output. */
const rnn = (relu: boolean): RecurrentKernel => ({
  ...CELLS[relu ? "rnn-relu" : "rnn-tanh"],
  extra: false,
  forward: (run, b) => run.rnnForward(b.time, b.hidden, relu, b.counts, b.gates, b.weights, b.h, b.previous),
  backward: (run, b) => run.rnnBackward(b.time, b.hidden, relu, b.counts, b.gates, b.weights, b.dOutputs, b.dh, b.dInput),
});

/** The recurrent nets that have whole-sequence kernels. */
export type RecurrentKind = "rnn-tanh" | "rnn-relu" | "lstm" | "gru";

export const RECURRENT_KERNELS: Readonly<Record<RecurrentKind, RecurrentKernel>> = {
  "rnn-tanh": rnn(false),
  "rnn-relu": rnn(true),
  lstm: {
    ...CELLS.lstm,
    extra: true,
    forward: (run, b) => run.lstmForward(b.time, b.hidden, b.counts, b.gates, b.weights, b.h, b.c, b.previous, b.extra, b.outputs),
    backward: (run, b) => run.lstmBackward(b.time, b.hidden, b.counts, b.gates, b.weights, b.c, b.extra, b.dOutputs, b.dh, b.dc, b.dInput),
  },
  gru: {
    ...CELLS.gru,
    extra: true,
    forward: (run, b) => run.gruForward(b.time, b.hidden, b.counts, b.gates, b.weights, b.recurrentBias, b.h, b.previous, b.extra, b.outputs),
    backward: (run, b) => run.gruBackward(b.time, b.hidden, b.counts, b.gates, b.weights, b.previous, b.extra, b.dOutputs, b.dh, b.dInput, b.dRecurrent),
  },
};
