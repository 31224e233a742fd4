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
};

/** What an operation over one number is called, in the order of the kernel's codes. */
export const UNARY = ["exp", "sigmoid", "tanh", "relu", "neg", "abs", "square", "sqrt", "rsqrt", "reciprocal", "step", "erf"] as const;

/** What an operation over two numbers is called, in the order of the kernel's codes. */
export const BINARY = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "squaredDifference"] as const;

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
  gemv(rows: number, columns: number, m: Pointer, ldm: number, x: Pointer, bias: Pointer, y: Pointer, accumulate: boolean): void;
  rnnForward(time: number, hidden: number, relu: boolean, counts: Pointer, outputs: Pointer, weights: Pointer, h: Pointer, previous: Pointer): void;
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
  rnnCells(rows: number, hidden: number, relu: boolean, outputs: Pointer, h: Pointer): void;
  lstmCells(rows: number, hidden: number, gates: Pointer, h: Pointer, c: Pointer): void;
  gruCells(rows: number, hidden: number, gates: Pointer, recurrent: Pointer, h: Pointer): void;
  panelBytes: PackedBytes;
  packPanels: Pack;
  multiplyPanels: MultiplyPacked;
  int8Bytes: PackedBytes;
  packInt8: Pack;
  packWhole(outputs: number, depth: number, m: Pointer, scales: Pointer, out: Pointer): void;
  multiplyInt8: MultiplyPacked;
  crossEntropyForward(rows: number, classes: number, logits: Pointer, labels: Pointer, smoothing: number, losses: Pointer, logSums: Pointer): void;
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
  geluForward(count: number, byTanh: boolean, x: Pointer, out: Pointer, slopes: Pointer): void;
  geluBackward(count: number, byTanh: boolean, x: Pointer, dOut: Pointer, dX: Pointer): void;
  softmax(rows: number, columns: number, x: Pointer, scale: number, out: Pointer): void;
  logSoftmax(rows: number, columns: number, x: Pointer, out: Pointer): void;
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
  gatherRows(count: number, width: number, limit: number, table: Pointer, indices: Pointer, out: Pointer): number;
  scatterRows(count: number, width: number, limit: number, rows: Pointer, indices: Pointer, table: Pointer): number;
  scatterAddRows(count: number, width: number, limit: number, rows: Pointer, indices: Pointer, table: Pointer): number;
  unary(op: number, count: number, x: Pointer, out: Pointer): void;
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
  sumRows(rows: number, columns: number, x: Pointer, out: Pointer): void;
  sumColumns(rows: number, columns: number, x: Pointer, out: Pointer, accumulate: boolean): void;
  maxRows(rows: number, columns: number, x: Pointer, out: Pointer): void;
  argMaxRows(rows: number, columns: number, x: Pointer, out: Pointer): void;
  sumSquares(count: number, x: Pointer): number;
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
  blend(count: number, x: Pointer, factor: number, y: Pointer, other: number, out: Pointer): void;
  peak(rounds: number, factor: number, term: number): number;
};
