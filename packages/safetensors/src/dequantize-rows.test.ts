import { describe, expect, it } from "vitest";
import { dequantizeRows } from "./dequantize-rows.ts";

describe("dequantizeRows", () => {
  it("multiplies each row by its scale", () => {
    expect(dequantizeRows({ values: Int8Array.of(1, -127, 0, 5), scales: Float32Array.of(0.5, 3) })).toEqual(Float32Array.of(0.5, -63.5, 0, 15));
    expect(dequantizeRows({ values: new Int8Array(0), scales: new Float32Array(0) })).toEqual(new Float32Array(0));
    expect(dequantizeRows({ values: new Int8Array(0), scales: new Float32Array(3) })).toEqual(new Float32Array(0));
  });

  it.each([
    [3, 2],
    [2, 3],
    [1, 0],
  ])("refuses %i values in %i rows", (values, rows) => {
    expect(() => dequantizeRows({ values: new Int8Array(values), scales: new Float32Array(rows) })).toThrow(
      `dequantizeRows: ${values} values are no matrix of ${rows} rows, of which there is a scale each.`,
    );
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 1e37])("refuses a scale of %s", (scale) => {
    expect(() => dequantizeRows({ values: Int8Array.of(1, 1), scales: Float32Array.of(1, scale) })).toThrow(
      /^dequantizeRows: scales must be from 0 to 2\.679\d+e\+36, but that of row 1 is .+\. Quantize the numbers anew\.$/,
    );
  });

  it("refuses -128, which no row has", () => {
    expect(() => dequantizeRows({ values: Int8Array.of(1, -128), scales: Float32Array.of(1) })).toThrow(
      "dequantizeRows: values must be from -127 to 127, but values[1] is -128. Quantize the numbers anew.",
    );
  });
});
