import type { Heap } from "./heap.ts";

/** Which compilation of the one source: `relaxed` fuses multiply and add where the machine can, `simd` rounds twice everywhere. */
export type Build = "relaxed" | "simd";

/** A place in the heap, in bytes. 0 stands for "none" where a kernel says so. */
export type Pointer = number;

/** The kernels of one instance, and the heap they work on. */
export type Kernels = {
  readonly build: Build;
  /** Threads that share the work, the caller's included. */
  readonly threads: number;
  readonly heap: Heap;
  readonly run: KernelFunctions;
  /** Ends the threads besides the caller's, where there are any: the kernels cannot be used any more. */
  dispose(): void;
};

/** Bytes of a packed matrix [outputs, depth]. */
type PackedBytes = (outputs: number, depth: number) => number;

/** Packs a matrix [outputs, depth], its rows `ldm` numbers apart. */
type Pack = (outputs: number, depth: number, m: Pointer, ldm: number, out: Pointer) => void;

/** y[rows, outputs] (+)= x[rows, depth] times a packed matrix transposed, + bias. */
type MultiplyPacked = (
  rows: number,
  outputs: number,
  depth: number,
  x: Pointer,
  ldx: number,
  panels: Pointer,
  bias: Pointer,
  y: Pointer,
  ldy: number,
  accumulate: boolean,
) => void;

/**
 * The functions of the WASM module. All numbers are f32 (labels, indices, counts: i32), all arrays row-major and contiguous,
 * all sizes counted in numbers. The sources in `assembly/` say what each computes, with its shapes.
 */
export type KernelFunctions = {
  /**
   * C[rows, columns] (+)= op(A) op(B) + bias, row-major. op transposes: A is then stored as [depth, rows], B as [columns, depth]. `lda`, `ldb`, `ldc`:
   * numbers between rows as stored. `bias` [columns] or 0. A depth of 0 gives the bias alone.
   */
  gemm(
    transposedA: boolean,
    transposedB: boolean,
    rows: number,
    columns: number,
    depth: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
    bias: Pointer,
    c: Pointer,
    ldc: number,
    accumulate: boolean,
  ): void;
  /**
   * y[rows] (+)= M x + bias for M [rows, columns], its rows `ldm` numbers apart; `bias` [rows] or 0. Unpacked: for one product the copy would cost more.
   * Each row is summed alike, whichever others there are.
   */
  gemv(rows: number, columns: number, m: Pointer, ldm: number, x: Pointer, bias: Pointer, y: Pointer, accumulate: boolean): void;
  /**
   * Runs a plain recurrent net over a packed batch of sequences. With n the sum of `counts`: `outputs` [n, hidden]: in, the input's part of the
   * pre-activations with the biases; out, the hidden states. `weights` [hidden, hidden]. `h` [batch, hidden]: in, the initial state; out, the last.
   * `previous` [n, hidden]: out, the hidden state before each step.
   */
  rnnForward(time: number, hidden: number, relu: boolean, counts: Pointer, outputs: Pointer, weights: Pointer, h: Pointer, previous: Pointer): void;
  /**
   * Backpropagation through time for `rnnForward`, from the `outputs` it left. `dOutputs` [n, hidden]. `dh` [batch, hidden]: in, the gradient of the last
   * state; out, that of the initial one. `dGates` [n, hidden]: out, the gradients of the pre-activations.
   */
  rnnBackward(
    time: number,
    hidden: number,
    relu: boolean,
    counts: Pointer,
    outputs: Pointer,
    weights: Pointer,
    dOutputs: Pointer,
    dh: Pointer,
    dGates: Pointer,
  ): void;
  /**
   * Runs an LSTM over a packed batch of sequences. With n the sum of `counts`: `gates` [n, 4 hidden]: in, the input's part of the pre-activations with the
   * biases; out, the gates' activations. `weights` [4 hidden, hidden]. `h`, `c` [batch, hidden]: in, the initial state; out, each sequence's last.
   * `previous`, `cells`, `outputs` [n, hidden]: out, the hidden state before each step, the cell and the hidden state after it.
   */
  lstmForward(
    time: number,
    hidden: number,
    counts: Pointer,
    gates: Pointer,
    weights: Pointer,
    h: Pointer,
    c: Pointer,
    previous: Pointer,
    cells: Pointer,
    outputs: Pointer,
  ): void;
  /**
   * Backpropagation through time for `lstmForward`, from what it left in `gates` and `cells`. `c` [batch, hidden]: the initial cell state. `dOutputs` [n,
   * hidden]. `dh`, `dc` [batch, hidden]: in, the gradients of the last state; out, those of the initial one. `dGates` [n, 4 hidden]: out, the gradients of
   * the pre-activations.
   */
  lstmBackward(
    time: number,
    hidden: number,
    counts: Pointer,
    gates: Pointer,
    weights: Pointer,
    c: Pointer,
    cells: Pointer,
    dOutputs: Pointer,
    dh: Pointer,
    dc: Pointer,
    dGates: Pointer,
  ): void;
  /**
   * Runs a GRU over a packed batch of sequences. With n the sum of `counts`: `gates` [n, 3 hidden]: in, the input's part of the pre-activations with its
   * bias; out, the gates' activations. `weights` [3 hidden, hidden]; `bias` [3 hidden] or 0: the recurrent bias. `h` [batch, hidden]: in, the initial
   * state; out, the last. `previous`, `candidates`, `outputs` [n, hidden]: out, the hidden state before each step, the candidates, and the hidden state
   * after it.
   */
  gruForward(
    time: number,
    hidden: number,
    counts: Pointer,
    gates: Pointer,
    weights: Pointer,
    bias: Pointer,
    h: Pointer,
    previous: Pointer,
    candidates: Pointer,
    outputs: Pointer,
  ): void;
  /**
   * Backpropagation through time for `gruForward`, from what it left in `gates`, `previous` and `candidates`. `dOutputs` [n, hidden]. `dh` [batch,
   * hidden]: in, the gradient of the last state; out, that of the initial one. `dInput`, `dRecurrent` [n, 3 hidden]: out, the gradients of the input's and
   * of the hidden state's part of the pre-activations.
   */
  gruBackward(
    time: number,
    hidden: number,
    counts: Pointer,
    gates: Pointer,
    weights: Pointer,
    previous: Pointer,
    candidates: Pointer,
    dOutputs: Pointer,
    dh: Pointer,
    dInput: Pointer,
    dRecurrent: Pointer,
  ): void;
  /** One step of `rows` sequences, from whole pre-activations: `outputs` [rows, hidden], out: the hidden states, as in `h` [rows, hidden]. */
  rnnCells(rows: number, hidden: number, relu: boolean, outputs: Pointer, h: Pointer): void;
  /** One step of `rows` sequences, from whole pre-activations: `gates` [rows, 4 hidden], out: the activations. `h`, `c` [rows, hidden]: out, the next; in, c. */
  lstmCells(rows: number, hidden: number, gates: Pointer, h: Pointer, c: Pointer): void;
  /**
   * One step of `rows` sequences: `gates` [rows, 3 hidden]: in, the input's part of the pre-activations; out, the activations. `recurrent` [rows, 3
   * hidden]: the hidden state's part. `h` [rows, hidden]: in, the state; out, the next.
   */
  gruCells(rows: number, hidden: number, gates: Pointer, recurrent: Pointer, h: Pointer): void;
  /** Bytes that `packPanels` writes. */
  panelBytes: PackedBytes;
  /** Packs a matrix [outputs, depth], its rows `ldm` numbers apart, for `multiplyPanels`: for each step of depth, a panel's 16 numbers. */
  packPanels: Pack;
  /** y[rows, outputs] (+)= x[rows, depth] m^T + bias, for the m that `packPanels` packed. `bias` [outputs] or 0. */
  multiplyPanels: MultiplyPacked;
  /** Bytes that `packInt8` writes. */
  int8Bytes: PackedBytes;
  /** Packs a matrix [outputs, depth], its rows `ldm` numbers apart, for `multiplyInt8`: each row rounded to 255 steps of its own. */
  packInt8: Pack;
  /** Packs a matrix that is whole already, i8 [outputs, depth] from -127 to 127, with a scale of each row, f32 [outputs]. */
  packWhole(outputs: number, depth: number, m: Pointer, scales: Pointer, out: Pointer): boolean | number;
  /** y[rows, outputs] (+)= x[rows, depth] m^T + bias, for the m that `packInt8` packed. `bias` [outputs] or 0. */
  multiplyInt8: MultiplyPacked;
  /**
   * Negative log-likelihood of each row's label under softmax(logits), with label smoothing s over K classes:   loss = logsumexp(z) - (1 - s) z_label - (s
   * / K) sum(z) `logits` [rows, classes]; `labels` i32 [rows], where one outside 0..classes-1 is ignored (its loss is 0). `losses`, `logSums` [rows]: out,
   * the losses and each row's log-sum-exp, which the gradient wants.
   */
  crossEntropyForward(rows: number, classes: number, logits: Pointer, labels: Pointer, smoothing: number, losses: Pointer, logSums: Pointer): void;
  /**
   * The gradient of sum(scales * losses): out = scale (softmax(z) - (1 - s) onehot - s / K); rows with an ignored label get zeros. `scales` [rows]; `out`
   * [rows, classes].
   */
  crossEntropyBackward(
    rows: number,
    classes: number,
    logits: Pointer,
    labels: Pointer,
    logSums: Pointer,
    scales: Pointer,
    smoothing: number,
    out: Pointer,
  ): void;
  /**
   * Attention of every head (Vaswani et al. 2017, eq. 1), without the weights ever being stored. `query`, `out` [batch, queries, heads * features];
   * `keyValues` [batch, keys, 2 * keyValueHeads * features]. `window`, `slopes` and `lengths` may be 0 for none. `logSums` [batch, heads, queries]: out,
   * what the backward pass wants.
   */
  attentionForward(
    batch: number,
    heads: number,
    keyValueHeads: number,
    queries: number,
    keys: number,
    features: number,
    causal: boolean,
    window: number,
    slopes: Pointer,
    lengths: Pointer,
    query: Pointer,
    keyValues: Pointer,
    out: Pointer,
    logSums: Pointer,
  ): void;
  /** The gradients of `attentionForward`: `dOut`, `dQuery` [batch, queries, heads * features], `dKeyValues` as `keyValues`. */
  attentionBackward(
    batch: number,
    heads: number,
    keyValueHeads: number,
    queries: number,
    keys: number,
    features: number,
    causal: boolean,
    window: number,
    slopes: Pointer,
    lengths: Pointer,
    query: Pointer,
    keyValues: Pointer,
    logSums: Pointer,
    dOut: Pointer,
    dQuery: Pointer,
    dKeyValues: Pointer,
  ): void;
  /** out[count] = gelu(x), and gelu'(x) at `slopes` [count], where that is not 0. `out` or `slopes` may be `x`. */
  geluForward(count: number, byTanh: boolean, x: Pointer, out: Pointer, slopes: Pointer): void;
  /** dX[count] = dOut * gelu'(x). `dX` may be `dOut`. */
  geluBackward(count: number, byTanh: boolean, x: Pointer, dOut: Pointer, dX: Pointer): void;
  /** Softmax of `scale` * x over each row of [rows, columns]; `scale` is 1 / temperature when sampling, else 1. `out` may be `x`. */
  softmax(rows: number, columns: number, x: Pointer, scale: number, out: Pointer): void;
  /** Logarithm of the softmax over each row of [rows, columns]. */
  logSoftmax(rows: number, columns: number, x: Pointer, out: Pointer): void;
  /** `x`, `out` [rows, columns]; `weight`, `bias` [columns]; `means`, `scales` [rows]: out, each row's mean and 1 / deviation. */
  layerNormForward(
    rows: number,
    columns: number,
    x: Pointer,
    weight: Pointer,
    bias: Pointer,
    epsilon: number,
    out: Pointer,
    means: Pointer,
    scales: Pointer,
  ): void;
  /** The gradients of `layerNormForward`: `dOut`, `dX` [rows, columns]; `dWeight`, `dBias` [columns]. */
  layerNormBackward(
    rows: number,
    columns: number,
    x: Pointer,
    weight: Pointer,
    means: Pointer,
    scales: Pointer,
    dOut: Pointer,
    dX: Pointer,
    dWeight: Pointer,
    dBias: Pointer,
  ): void;
  /** out[count, width] = table[indices]: gathers rows. `indices` i32 [count]. Returns -1, or the place of the first index outside 0..limit-1. */
  gatherRows(count: number, width: number, limit: number, table: Pointer, indices: Pointer, out: Pointer): number;
  /**
   * table[indices] = rows [count, width]: the way back. Rows that no index names are left alone. Returns -1, or the place of the first index outside
   * 0..limit-1.
   */
  scatterRows(count: number, width: number, limit: number, rows: Pointer, indices: Pointer, table: Pointer): number;
  /**
   * table[indices] += rows [count, width]: the gradient of a gather; an index may come many times. Returns -1, or the place of the first index outside
   * 0..limit-1.
   */
  scatterAddRows(count: number, width: number, limit: number, rows: Pointer, indices: Pointer, table: Pointer): number;
  /** out[count] = op(x). `out` may be `x`. */
  unary(op: number, count: number, x: Pointer, out: Pointer): void;
  /**
   * out[rows, columns] = op(a, b) with broadcasting: `strideA` is the numbers from one row of `a` to the next (0 when all rows share one), and `manyA`
   * says whether a row has a number for each column or one for all. At least one operand is `many`.
   */
  binary(
    op: number,
    rows: number,
    columns: number,
    a: Pointer,
    strideA: number,
    manyA: boolean,
    b: Pointer,
    strideB: number,
    manyB: boolean,
    out: Pointer,
  ): void;
  /** out[rows] = the sum of each row of [rows, columns]. */
  sumRows(rows: number, columns: number, x: Pointer, out: Pointer): void;
  /** out[columns] (+)= the sum of the rows of [rows, columns]. */
  sumColumns(rows: number, columns: number, x: Pointer, out: Pointer, accumulate: boolean): void;
  /** out[rows] = the largest of each row of [rows, columns]; NaN where a row holds one. */
  maxRows(rows: number, columns: number, x: Pointer, out: Pointer): void;
  /** out[rows] i32 = the place of the largest of each row of [rows, columns]; the first, where several are as large. */
  argMaxRows(rows: number, columns: number, x: Pointer, out: Pointer): void;
  /** The sum of the squares of `count` numbers. */
  sumSquares(count: number, x: Pointer): number;
  /**
   * AdamW (Loshchilov and Hutter 2019, algorithm 2) over `count` numbers; Adam where `keep` is 1. `factor`: what gradients are multiplied by lies there; 0
   * for 1. `keep`: 1 - rate * decay. `step`: rate / (1 - beta1^t). `correction`: 1 / sqrt(1 - beta2^t). Outputs may be the inputs.
   */
  adamw(
    count: number,
    weights: Pointer,
    gradients: Pointer,
    factor: Pointer,
    first: Pointer,
    second: Pointer,
    keep: number,
    beta1: number,
    beta2: number,
    step: number,
    correction: number,
    epsilon: number,
    outWeights: Pointer,
    outFirst: Pointer,
    outSecond: Pointer,
  ): void;
  /** out = x * factor + y * other over `count` numbers: SGD, momentum, clipping. `out` may be `x` or `y`. */
  blend(count: number, x: Pointer, factor: number, y: Pointer, other: number, out: Pointer): void;
  /**
   * 96 `rounds` multiply-adds (2 FLOP each) that nothing holds up: what this build of the kernels could reach at the very best. For benchmarks: `factor`
   * and `term` are any numbers that keep the sums finite. Returns a number that depends on all of them.
   */
  peak(rounds: number, factor: number, term: number): number;
};
