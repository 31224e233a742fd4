/**
 * Windows of a token stream for teacher forcing: each target is the token after its input. Row-major [rows, context].
 * A target of -1 is padding, which losses ignore.
 */
export type Batch = {
  readonly rows: number;
  readonly context: number;
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** Targets that are not padding. */
  readonly count: number;
};

/** Marks a target that is no token. */
export const PADDING = -1;

/** The sizes of a batch of windows. */
export type WindowSizes = {
  /** Windows in a batch. */
  readonly batch: number;
  /** Tokens in a window. */
  readonly context: number;
};

/** @throws {RangeError} unless both sizes are whole and positive and the tokens hold at least `least` windows' worth. */
export function checkWindows(tokens: Int32Array, { batch, context }: WindowSizes, least: number): void {
  for (const [name, size] of Object.entries({ batch, context })) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`the ${name} must be a whole number of at least 1, but is ${size}.`);
  }
  if (tokens.length < least)
    throw new RangeError(
      `the text has ${tokens.length} characters, but a window of ${context} needs at least ${least}. Use a longer text or a smaller context.`,
    );
}

/** Copies the window that starts at `start` into row `row`; what lies past the end is padding. */
export function fillWindow(tokens: Int32Array, start: number, row: number, context: number, inputs: Int32Array, targets: Int32Array): number {
  const size = Math.max(0, Math.min(context, tokens.length - 1 - start));
  inputs.set(tokens.subarray(start, start + size), row * context);
  targets.set(tokens.subarray(start + 1, start + 1 + size), row * context);
  return size;
}
