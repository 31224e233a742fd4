/**
 * How a batch of sequences is laid out for the recurrent kernels: longest first, and step by step only the rows that are still
 * running, so that padding costs nothing. Row r of the packed layout is row `rows[r]` of [batch * time].
 */
export type SequencePlan = {
  /** [n] for n steps in all sequences together. */
  readonly rows: Int32Array;
  /** [steps]: the sequences that have each step. */
  readonly counts: Int32Array;
  /** [batch]: the sequence at each place. */
  readonly order: Int32Array;
};

/**
 * Plans a batch. `lengths` [batch] default to `time`. In reverse, each sequence starts at its own last step.
 * @throws {RangeError} unless there is one whole length from 0 to `time` for each sequence.
 */
export function planSequences(batch: number, time: number, lengths?: readonly number[], reverse = false): SequencePlan {
  if (lengths) checkLengths(batch, time, lengths);
  const length = (sequence: number) => lengths?.[sequence] ?? time;
  const order = Int32Array.from({ length: batch }, (_, i) => i);
  if (lengths) order.sort((a, b) => length(b) - length(a) || a - b);
  const steps = batch === 0 ? 0 : length(order[0] as number);
  const counts = new Int32Array(steps);
  for (let step = 0, running = batch; step < steps; step++) {
    while (length(order[running - 1] as number) <= step) running--;
    counts[step] = running;
  }
  const rows = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  let next = 0;
  counts.forEach((count, step) => {
    for (let place = 0; place < count; place++) {
      const sequence = order[place] as number;
      rows[next++] = sequence * time + (reverse ? length(sequence) - 1 - step : step);
    }
  });
  return { rows, counts, order };
}

/** @throws {RangeError} unless there is one whole length from 0 to `time` for each sequence. */
export function checkLengths(batch: number, time: number, lengths: readonly number[]): void {
  if (lengths.length !== batch) throw new RangeError(`lengths: one for each of the ${batch} sequences must be given, but there are ${lengths.length}.`);
  const wrong = lengths.findIndex((length) => !Number.isInteger(length) || length < 0 || length > time);
  if (wrong >= 0) throw new RangeError(`lengths: each must be a whole number from 0 to the batch's ${time} steps, but lengths[${wrong}] is ${lengths[wrong]}.`);
}
