import { type Batch, PADDING } from "@refrain/data";

/** Leaves characters out of the vocabulary out of the loss: the model was never taught to foretell them. */
export function* markUnknown(batches: Iterable<Batch>, unknown: number): Generator<Batch> {
  for (const batch of batches) {
    const targets = batch.targets.map((target) => (target === unknown ? PADDING : target));
    const count = targets.filter((target) => target !== PADDING).length;
    if (count > 0) yield { ...batch, targets, count };
  }
}
