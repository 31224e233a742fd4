import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { SequenceInput } from "../contract.ts";

/** What a fused recurrence reads. */
export type RecurrenceInputs = {
  readonly x: SequenceInput;
  /** [gates * hidden, input] */
  readonly weightInput: Tensor2D;
  /** [gates * hidden, hidden] */
  readonly weightHidden: Tensor2D;
  /** [gates * hidden] */
  readonly biasInput?: Tensor | undefined;
  readonly biasHidden?: Tensor | undefined;
  /** [batch, hidden] */
  readonly h: Tensor2D;
  /** [batch, hidden], of an LSTM */
  readonly c?: Tensor2D | undefined;
};

/** What a fused recurrence gives: the outputs [batch, time, hidden], and the last state. */
export type RecurrenceOutputs = { readonly outputs: Tensor3D; readonly h: Tensor2D; readonly c?: Tensor2D };

/** The tensors among the inputs, the table standing for the rows taken from it, by the names that their gradients have. */
export function recurrenceTensors({ x, ...rest }: RecurrenceInputs): Record<string, Tensor> {
  return Object.fromEntries(Object.entries({ x: "table" in x ? x.table : x, ...rest }).filter(([, tensor]) => tensor)) as Record<string, Tensor>;
}
