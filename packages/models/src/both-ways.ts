import { bidirectional, type BothDirections, deep, type LstmParams, type SequenceLayer } from "@refrain/cells";
import { type CellName, type CellState, recurrentCell } from "./recurrent-cell.ts";

/** Bottom first. */
export type BothWaysParams = readonly BothDirections<LstmParams, LstmParams>[];

/** The last state of either direction, bottom first. */
export type BothWaysState = readonly BothDirections<CellState, CellState>[];

type BothWaysConfig = { readonly cell: CellName; readonly input: number; readonly hidden: number; readonly layers: number };

/** Bidirectional layers on top of each other, by the name of their cell: [batch, time, input] to [batch, time, 2 * hidden]. */
export function bothWays(model: string, { cell, input, hidden, layers }: BothWaysConfig): SequenceLayer<BothWaysParams, BothWaysState> {
  const make = (features: number) => recurrentCell(model, cell, { input: features, hidden });
  return deep(
    Array.from({ length: layers }, (_, i) => {
      const features = i === 0 ? input : 2 * hidden;
      return bidirectional(make(features), make(features));
    }),
  );
}
