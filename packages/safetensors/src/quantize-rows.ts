import { roundHalfToEven } from "./round-half-to-even.ts";

/** The largest integer; -128 is left out, so that a row's range is symmetric. */
const LARGEST = 127;

/**
 * Scales under this count as 0: they are whole multiples of 2^-149, too coarse down there for 127 of them to be the row's largest, and what was
 * quantized would not quantize to the same again. No row is touched whose largest number is 2.3e-41 or more.
 */
const SMALLEST_SCALE = 2 ** -142;

/** A matrix in bytes, and a scale of each row. */
export type QuantizedRows = {
  /** [rows, columns], each from -127 to 127. */
  readonly values: Int8Array<ArrayBuffer>;
  /** [rows]: what one step of a row's integers is. */
  readonly scales: Float32Array<ArrayBuffer>;
};

/**
 * A matrix in int8, symmetric and row by row: of a row, scale = float32(max |v| / 127), and q = v / scale, rounded half to even and clamped to ±127.
 * A row of zeros has scale 0. A number is off by half a scale at most (and by what float32 rounds). Quantizing what `dequantizeRows` gives back gives
 * the same bits again.
 *
 * @param values [rows, columns], finite.
 * @throws {RangeError} when there are not as many values as rows times columns, or one is not finite.
 */
export function quantizeRows(values: Float32Array, rows: number, columns: number): QuantizedRows {
  if (values.length !== rows * columns)
    throw new RangeError(`quantizeRows: [${rows}, ${columns}] takes ${rows * columns} values, but ${values.length} are given.`);
  const quantized = new Int8Array(values.length),
    scales = new Float32Array(rows);
  for (let row = 0, at = 0; row < rows; row++, at += columns) {
    const scale = scaleOf(values, at, at + columns, row);
    scales[row] = scale;
    if (scale === 0) continue;
    for (let i = at; i < at + columns; i++) {
      quantized[i] = Math.max(-LARGEST, Math.min(roundHalfToEven((values[i] as number) / scale), LARGEST));
    }
  }
  return { values: quantized, scales };
}

/** The scale of values `from` to `to`, which are a row. */
function scaleOf(values: Float32Array, from: number, to: number, row: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const size = Math.abs(values[i] as number);
    if (!(size < Number.POSITIVE_INFINITY))
      throw new RangeError(
        `quantizeRows: values must be finite, but that in row ${row}, column ${i - from} is ${values[i]}. Nothing in int8 can stand for it.`,
      );
    if (size > largest) largest = size;
  }
  const scale = Math.fround(largest / LARGEST);
  return scale < SMALLEST_SCALE ? 0 : scale;
}
