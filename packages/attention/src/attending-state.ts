import { type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import { type Cell, leaves, type TensorTree } from "@refrain/core";
import type { AttendingState } from "./attending-contract.ts";

/** How wide the parts beside the cell's state are; 0 where the decoder has no such part. */
type Widths = { readonly hidden: number; readonly attended: number; readonly coverage: number };

/** The state with zeros for what is missing of it. @throws {Error} when a part is of another shape, or none of the decoder's. */
export function fillState<P, S extends TensorTree>(cell: Cell<P, S>, state: Partial<AttendingState<S>>, batch: number, widths: Widths): AttendingState<S> {
  const wrong = state.cell && leaves(state.cell).find(({ shape }) => shape[0] !== batch);
  if (wrong) throw new Error(`attendingDecoder: the cell's state must have a row for each of the ${batch} sequences, but has a part [${wrong.shape}].`);
  const part = (name: keyof Widths): Tensor2D | undefined => {
    const [given, width] = [state[name], widths[name]];
    if (given && width === 0) throw new Error(`attendingDecoder: the state has ${name}, but the decoder was made without it.`);
    if (given && given.shape.join() !== `${batch},${width}`)
      throw new Error(`attendingDecoder: the state's ${name} must be [${batch},${width}], but is [${given.shape}].`);
    return width === 0 ? undefined : (given ?? zeros([batch, width]));
  };
  const [hidden, attended, coverage] = [part("hidden"), part("attended"), part("coverage")];
  return { cell: state.cell ?? cell.initialState(batch), ...(hidden && { hidden }), ...(attended && { attended }), ...(coverage && { coverage }) };
}
