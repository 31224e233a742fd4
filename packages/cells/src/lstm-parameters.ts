import { type Tensor1D, tensor1d, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { foldIn, type Key, layerNorm as norm, type LayerNormParams } from "@refrain/core";
import { type CellSizes, initRecurrent, type RecurrentParams, uniformFor } from "./parameters.ts";

/** The sizes of an LSTM, and which of its forms it is. */
export type LstmConfig = CellSizes & {
  /**
   * Whether the gates see the cell state: "diagonal", of each unit its own (Gers and Schmidhuber 2000; ONNX), or "full", of each unit
   * all (the lesson: gates over [C, h, x]). The input and forget gates see the last step's, the output gate the new one.
   */
  readonly peepholes?: "diagonal" | "full" | undefined;
  /** Features that the hidden state is projected to, linearly (Sak et al. 2014; PyTorch's proj_size). */
  readonly projection?: number | undefined;
  /** Whether sums are normalised (Ba et al. 2016, supplement); they are not by default. */
  readonly layerNorm?: boolean | undefined;
  /** What the forget gate's two biases add up to at the start: 1 lets memory flow from the first step on (Jozefowicz et al. 2015). */
  readonly forgetBias?: number | undefined;
};

/** What each gate makes of the cell state: a factor a unit [hidden], or a matrix [hidden, hidden] where peepholes are full. */
export type Peepholes = { readonly input: Tensor1D | Tensor2D; readonly forget: Tensor1D | Tensor2D; readonly output: Tensor1D | Tensor2D };

/** The parameters of an LSTM. */
export type LstmParams = RecurrentParams & {
  readonly peepholes?: Peepholes;
  /** [projection, hidden] */
  readonly weightProjection?: Tensor2D;
  /** Of the gates' sums from the input and from the hidden state, [4 * hidden] each, and of the cell state, [hidden]. */
  readonly norms?: { readonly input: LayerNormParams; readonly hidden: LayerNormParams; readonly cell: LayerNormParams };
};

/** The forget gate's place in the order i, f, g, o. */
const FORGET = 1;

/** Fresh parameters, uniform in +-1/sqrt(hidden), norms at one and zero. */
export function initLstm(key: Key, { input, hidden, bias, peepholes, projection, layerNorm, forgetBias }: LstmConfig): LstmParams {
  const fixed = forgetBias === undefined ? undefined : { gate: FORGET, bias: forgetBias };
  const drawn = (child: number, size: number) => uniformFor(hidden, foldIn(key, child), size);
  const peephole = (child: number) => (peepholes === "full" ? tensor2d(drawn(child, hidden * hidden), [hidden, hidden]) : tensor1d(drawn(child, hidden)));
  const fresh = (features: number) => norm({ features }).init(key);
  return {
    ...initRecurrent(key, 4, { input, hidden, bias, recurrent: projection, fixed }),
    ...(peepholes && { peepholes: { input: peephole(4), forget: peephole(5), output: peephole(6) } }),
    ...(projection && { weightProjection: tensor2d(drawn(7, projection * hidden), [projection, hidden]) }),
    ...(layerNorm && { norms: { input: fresh(4 * hidden), hidden: fresh(4 * hidden), cell: fresh(hidden) } }),
  };
}

/** @throws {Error} when parameters have parts that the config does not name, or lack parts that it names: they would be ignored. */
export function checkLstmParams({ hidden, peepholes, projection, layerNorm }: LstmConfig, params: LstmParams): void {
  const rank = { diagonal: 1, full: 2 };
  for (const [name, wanted, given] of [
    ["peepholes", peepholes && new Array(rank[peepholes]).fill(hidden), params.peepholes?.input.shape],
    ["weightProjection", projection && [projection, hidden], params.weightProjection?.shape],
    ["norms", layerNorm && [hidden], params.norms?.cell.weight.shape],
  ] as const) {
    const [asked, received] = [wanted, given].map((shape) => (shape ? `[${shape}]` : "none"));
    if (asked !== received) throw new Error(`lstm: by its config the parameters must have ${name} of shape ${asked}, but they have ${received}.`);
  }
}
