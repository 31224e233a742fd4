import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dequantizeRows } from "./dequantize-rows.ts";
import { quantizeRows } from "./quantize-rows.ts";

const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;
const finite = { noNaN: true, noDefaultInfinity: true } as const;

/** Numbers of about one size, which is any that float32 has: the smallest denormals, the largest floats. */
const rowOf = (columns: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.integer({ min: -149, max: 128 }), fc.array(fc.float({ min: -1, max: 1, ...finite }), { minLength: columns, maxLength: columns }))
    .map(([exponent, shares]) =>
      shares.map((share) => Math.fround(Math.max(-LARGEST_FLOAT, Math.min(share * 2 ** (exponent / 2) * 2 ** (exponent / 2), LARGEST_FLOAT)))),
    );

const matrices = fc
  .tuple(fc.nat(4), fc.nat(6))
  .chain(([rows, columns]) =>
    fc.tuple(
      fc.constant(rows),
      fc.constant(columns),
      fc.array(fc.oneof(rowOf(columns), fc.array(fc.float(finite), { minLength: columns, maxLength: columns })), { minLength: rows, maxLength: rows }),
    ),
  )
  .map(([rows, columns, all]) => ({ rows, columns, values: Float32Array.from(all.flat()) }));

describe("quantizeRows", () => {
  it("gives each row a 127th of its largest number as scale, and rounds halves to even", () => {
    const { values, scales } = quantizeRows(Float32Array.of(127, 0.5, 1.5, -2.5, -127.25, 0.2, 63.5, 0, 0, 0, 0, -0), 3, 4);
    expect([...scales]).toEqual([1, Math.fround(127.25 / 127), 0]);
    expect([...values]).toEqual([127, 0, 2, -2, -127, 0, 63, 0, 0, 0, 0, 0]);
  });

  it("gives the same bits again of what it gave", () => {
    fc.assert(
      fc.property(matrices, ({ values, rows, columns }) => {
        const once = quantizeRows(values, rows, columns);
        expect(quantizeRows(dequantizeRows(once), rows, columns)).toEqual(once);
      }),
      { numRuns: 3000 },
    );
  });

  it("gives the same bits again where scales are denormal or next to it, each of them tried", () => {
    for (const unit of [2 ** -149, 2 ** -140, 2 ** -120])
      for (let largest = 0; largest < 40_000; largest += unit === 2 ** -149 ? 1 : 97) {
        const row = Float32Array.of(largest * unit, -largest * unit * 0.3, unit);
        const once = quantizeRows(row, 1, 3);
        expect(quantizeRows(dequantizeRows(once), 1, 3), `${largest} times ${unit}`).toEqual(once);
      }
  });

  it("is off by half a scale at most, but for what float32 rounds, and for numbers too small for a scale", () => {
    fc.assert(
      fc.property(matrices, ({ values, rows, columns }) => {
        const quantized = quantizeRows(values, rows, columns);
        const back = dequantizeRows(quantized);
        values.forEach((value, i) => {
          const scale = quantized.scales[Math.floor(i / columns)] as number;
          if (scale === 0) expect(Math.abs(value)).toBeLessThan(2.3e-41);
          else expect(Math.abs(value - (back[i] as number))).toBeLessThanOrEqual(scale * (0.5 + 2 ** -16));
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps the largest floats finite", () => {
    const row = Float32Array.of(LARGEST_FLOAT, -LARGEST_FLOAT, 1);
    expect(dequantizeRows(quantizeRows(row, 1, 3))).toEqual(Float32Array.of(LARGEST_FLOAT, -LARGEST_FLOAT, 0));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("refuses %s", (wrong) => {
    expect(() => quantizeRows(Float32Array.of(1, 2, 3, wrong, 4, 5), 2, 3)).toThrow(
      `quantizeRows: values must be finite, but that in row 1, column 0 is ${wrong}. Nothing in int8 can stand for it.`,
    );
  });

  it("refuses values that are no such matrix", () => {
    expect(() => quantizeRows(new Float32Array(5), 2, 3)).toThrow("quantizeRows: [2, 3] takes 6 values, but 5 are given.");
  });
});
