import { add, mul, sub, type Tensor, tensor2d, where } from "@tensorflow/tfjs-core";
import { type Cell, foldIn, generator, mapTree, named, type TensorTree } from "@refrain/core";
import { checkRate } from "./check-rate.ts";
import { drawMask } from "./draw-mask.ts";
import type { HiddenState } from "./rnn.ts";

/** How much of each state zoneout keeps. */
export type ZoneoutConfig = {
  /** The share of units that keep their last value, 0 <= rate < 1: of every field of the state, or field by field, { h: 0.05, c: 0.5 }. */
  readonly rate: number | Readonly<Record<string, number>>;
};

/** What becomes of a field of the state at a step, [batch, features]. */
type Mix = (next: Tensor, last: Tensor, rate: number) => Tensor;

/**
 * A cell whose units now and then keep their last value for a step (Krueger et al. 2017): while training, each unit of each
 * sequence by itself, drawn anew at each step; in inference every unit takes the expected value, rate * last + (1 - rate) * next.
 * The cell's output must be its hidden state h, as those of `rnn`, `lstm` and `gru` are; the zoned-out h is the output.
 * It is composed of TensorFlow.js operations on every backend.
 *
 * @throws {RangeError} unless all rates are at least 0 and under 1, and each is that of a field that the state has.
 */
export function zoneout<P extends TensorTree, S extends TensorTree & HiddenState>(cell: Cell<P, S>, { rate }: ZoneoutConfig): Cell<P, S> {
  const fields = typeof rate === "number" ? [] : Object.keys(rate);
  const rateOf = (field: string): number => (typeof rate === "number" ? rate : (rate[field] ?? 0));
  if (typeof rate === "number") checkRate("zoneout", "rate", rate);
  for (const field of fields) checkRate("zoneout", `the rate of ${field}`, rateOf(field));

  const stepOf =
    (inner: Cell<P, S>, mix: Mix): Cell<P, S>["step"] =>
    (params, state, x, recurrentInput) => {
      const next = inner.step(params, state, x, recurrentInput);
      const last = named(state);
      const unknown = fields.find((field) => !last.has(field));
      if (unknown !== undefined) throw new RangeError(`zoneout: there is a rate for ${unknown}, but the state has ${[...last.keys()].join(", ")}.`);
      const mixed = mapTree(next.state, (leaf, field) => (rateOf(field) === 0 ? leaf : mix(leaf, last.get(field) as Tensor, rateOf(field))));
      return { state: mixed, output: mixed.h };
    };
  const zoned: Cell<P, S> = {
    kind: "zoneout",
    config: { cell: { kind: cell.kind, config: cell.config }, rate },
    inputSize: cell.inputSize,
    hiddenSize: cell.hiddenSize,
    init: cell.init,
    initialState: cell.initialState,
    step: stepOf(cell, (next, last, share) => add(next, mul(sub(last, next), share))),
    prepare(key, rows) {
      const random = generator(foldIn(key, 0));
      const inner = cell.prepare?.(foldIn(key, 1), rows) ?? cell;
      const step = stepOf(inner, (next, last, share) => {
        const [count, features] = next.shape as [number, number];
        const kept = drawMask(random, share, rows, features).subarray(0, count * features);
        return where(tensor2d(kept, [count, features], "bool"), last, next);
      });
      return { ...zoned, step };
    },
  };
  return zoned;
}
