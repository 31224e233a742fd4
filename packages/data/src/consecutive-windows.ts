import { type Batch, checkWindows, fillWindow, PADDING, type WindowSizes } from "./batch.ts";

/**
 * All of a text, in batches of windows that follow each other: every token but the first is a target once. The last window may be
 * padded, the last batch smaller.
 *
 * @throws {RangeError} when the text has fewer than two tokens, or a size is not whole and positive.
 */
export function* consecutiveWindows(tokens: Int32Array, sizes: WindowSizes): Generator<Batch> {
  const { batch, context } = sizes;
  checkWindows(tokens, sizes, 2);
  const windows = Math.ceil((tokens.length - 1) / context);
  for (let first = 0; first < windows; first += batch) {
    const rows = Math.min(batch, windows - first);
    const inputs = new Int32Array(rows * context),
      targets = new Int32Array(rows * context).fill(PADDING);
    let count = 0;
    for (let row = 0; row < rows; row++) count += fillWindow(tokens, (first + row) * context, row, context, inputs, targets);
    yield { rows, context, inputs, targets, count };
  }
}
