import { expandDims, mul, slice, type Tensor2D, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";
import { type Cell, foldIn, generator, type Key, type SequenceInput, type TensorTree } from "@refrain/core";
import { checkRate } from "./check-rate.ts";
import { childMode } from "./child-mode.ts";
import { drawMask } from "./draw-mask.ts";
import { lookUp } from "./look-up.ts";
import type { HiddenState } from "./rnn.ts";

/** What variational dropout drops, and how much of it. */
export type VariationalDropoutConfig = {
  /** The share of an input's features that are dropped, 0 <= input < 1; 0 by default. */
  readonly input?: number;
  /** The share of the hidden state's features that the recurrent products do not see, 0 <= recurrent < 1; 0 by default. */
  readonly recurrent?: number;
};

/**
 * A cell with variational dropout (Gal and Ghahramani 2016, weights tied): while training, each sequence has one mask for its inputs
 * and one for the hidden state that the recurrent products read, the same at every step and for all gates. What is kept is scaled by
 * 1 / (1 - rate); in inference nothing is dropped. What the state itself carries on, a GRU's h for one, stays whole.
 * With `recurrent` over 0 training is composed of TensorFlow.js operations; all else keeps the cell's fused kernel.
 *
 * @throws {RangeError} unless both rates are at least 0 and under 1.
 */
export function variationalDropout<P extends TensorTree, S extends TensorTree & HiddenState>(
  cell: Cell<P, S>,
  { input = 0, recurrent = 0 }: VariationalDropoutConfig,
): Cell<P, S> {
  checkRate("variationalDropout", "input", input);
  checkRate("variationalDropout", "recurrent", recurrent);
  const dropped: Cell<P, S> = {
    ...cell,
    kind: "variational-dropout",
    config: { cell: { kind: cell.kind, config: cell.config }, input, recurrent },
    sequence(params, state, x, lengths, pass = {}) {
      const { mode = "inference" } = pass;
      if (mode === "inference") return cell.sequence?.(params, state, x, lengths, pass);
      if (recurrent > 0) return undefined;
      const batch = ("table" in x ? x.indices : x).shape[0];
      const mask = drawScale(foldIn(mode.training, INPUT), input, [...new Array(batch).keys()], cell.inputSize);
      const seen: SequenceInput = mask ? mul<Tensor3D>("table" in x ? lookUp(x, lengths) : x, expandDims(mask, 1)) : x;
      return cell.sequence?.(params, state, seen, lengths, { ...pass, mode: childMode(mode, INNER) });
    },
    prepare(key, rows) {
      const inner = cell.prepare?.(foldIn(key, INNER), rows) ?? cell;
      const onInput = drawScale(foldIn(key, INPUT), input, rows, cell.inputSize);
      const onHidden = drawScale(foldIn(key, RECURRENT), recurrent, rows, cell.hiddenSize);
      return {
        ...dropped,
        step: (params, state, x, recurrentInput = state.h) => inner.step(params, state, scaled(x, onInput), scaled(recurrentInput, onHidden)),
      };
    },
  };
  return dropped;
}

/** What each part draws with: children of a training key. */
const INPUT = 0,
  RECURRENT = 1,
  INNER = 2;

/** [batch, features]: 0 where a feature is dropped, else what makes up for those; undefined where none is. */
function drawScale(key: Key, rate: number, rows: ArrayLike<number>, features: number): Tensor2D | undefined {
  if (rate === 0) return undefined;
  const dropped = drawMask(generator(key), rate, rows, features);
  return tensor2d(
    Float32Array.from(dropped, (hit) => (1 - hit) / (1 - rate)),
    [rows.length, features],
  );
}

/** The first rows of a batch, scaled. */
function scaled(x: Tensor2D, scale: Tensor2D | undefined): Tensor2D {
  return scale ? mul(x, slice(scale, 0, x.shape[0])) : x;
}
