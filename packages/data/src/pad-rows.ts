/** Sequences of different lengths as rows of one array. */
export type PaddedRows = {
  readonly rows: number;
  /** Steps of the longest. */
  readonly time: number;
  /** [rows, time], row-major: each sequence, then padding. */
  readonly tokens: Int32Array;
  /** [rows]: the steps of each sequence. */
  readonly lengths: readonly number[];
};

/** Lays sequences out as rows; what is beyond a sequence's end is `fill`, 0 unless said otherwise. */
export function padRows(sequences: readonly ArrayLike<number>[], fill = 0): PaddedRows {
  const lengths = sequences.map(({ length }) => length);
  const time = Math.max(0, ...lengths);
  const tokens = new Int32Array(sequences.length * time).fill(fill);
  sequences.forEach((sequence, row) => tokens.set(sequence, row * time));
  return { rows: sequences.length, time, tokens, lengths };
}
