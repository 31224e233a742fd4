import type { QuantizedRows } from "./quantize-rows.ts";

const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;
/** The largest scale that a row of floats can have. */
const LARGEST_SCALE = Math.fround(LARGEST_FLOAT / 127);

/**
 * The numbers that rows in int8 stand for, [rows, columns]: float32(value * scale). Where 127 scales round to more than float32 holds, which
 * happens to rows of the largest floats alone, the largest float stands for them.
 *
 * @throws {RangeError} when the values do not make equal rows, as many as there are scales, or are none that `quantizeRows` gives: values from -127
 * to 127, scales from 0 to a 127th of the largest float.
 */
export function dequantizeRows({ values, scales }: QuantizedRows): Float32Array<ArrayBuffer> {
  const rows = scales.length,
    columns = rows === 0 ? 0 : values.length / rows;
  if (columns * rows !== values.length || !Number.isInteger(columns))
    throw new RangeError(`dequantizeRows: ${values.length} values are no matrix of ${rows} rows, of which there is a scale each.`);
  const wrong = scales.findIndex((scale) => !(scale >= 0 && scale <= LARGEST_SCALE));
  if (wrong >= 0)
    throw new RangeError(`dequantizeRows: scales must be from 0 to ${LARGEST_SCALE}, but that of row ${wrong} is ${scales[wrong]}. Quantize the numbers anew.`);
  const below = values.indexOf(-128);
  if (below >= 0) throw new RangeError(`dequantizeRows: values must be from -127 to 127, but values[${below}] is -128. Quantize the numbers anew.`);
  const found = new Float32Array(values.length);
  for (let row = 0, at = 0; row < rows; row++) {
    const scale = scales[row] as number;
    for (const end = at + columns; at < end; at++) found[at] = Math.max(-LARGEST_FLOAT, Math.min((values[at] as number) * scale, LARGEST_FLOAT));
  }
  return found;
}
