import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generator, key } from "@refrain/sampling";
import { MAX_HEADER } from "./format.ts";
import { readSafetensors } from "./read-safetensors.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const REFUSED = /^this is no valid safetensors file: /;

/** A file of this header, given as JSON or as text, and so many bytes of data. */
function fileOf(header: unknown, bytes = 0, claimed?: bigint): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const entry = (begin: unknown, end: unknown, more: object = {}) => ({ dtype: "F32", shape: [1], data_offsets: [begin, end], ...more });
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

const MALFORMED: Record<string, Uint8Array<ArrayBuffer>> = {
  nothing: new Uint8Array(0),
  "seven bytes": new Uint8Array(7),
  "a header that claims more than follows": fileOf("{}", 0, 3n),
  "a header over the limit": fileOf("{}", 0, BigInt(MAX_HEADER) + 1n),
  "a header of 2^64 - 1 bytes": fileOf("{}", 0, 2n ** 64n - 1n),
  "an empty header": fileOf("", 0),
  "a header that is no JSON": fileOf("{,}"),
  "a header cut short": fileOf('{"a":{"dtype":"F32"'),
  "a header that is no UTF-8": fileOf({ __metadata__: { a: "?" } }).map((byte) => (byte === 63 ? 0xff : byte)),
  "a header that is a list": fileOf([]),
  "a header that is null": fileOf("null"),
  "a header that is a string": fileOf('"weights"'),
  "another kind of file": new TextEncoder().encode("PK\u0003\u0004 a zip archive, not weights"),
  "an entry that is null": fileOf({ a: null }),
  "an entry that is a number": fileOf({ a: 4 }),
  "an entry that is a list": fileOf({ a: ["F32", [1], [0, 4]] }, 4),
  "an entry without a type": fileOf({ a: { shape: [1], data_offsets: [0, 4] } }, 4),
  "an unknown type": fileOf({ a: entry(0, 4, { dtype: "F8" }) }, 4),
  "a type of another case": fileOf({ a: entry(0, 4, { dtype: "f32" }) }, 4),
  "a type that every object has": fileOf({ a: entry(0, 4, { dtype: "toString" }) }, 4),
  "a type that is a list": fileOf({ a: entry(0, 4, { dtype: ["F32"] }) }, 4),
  "no shape": fileOf({ a: entry(0, 4, { shape: undefined }) }, 4),
  "a shape that is a number": fileOf({ a: entry(0, 4, { shape: 1 }) }, 4),
  "a negative size": fileOf({ a: entry(0, 4, { shape: [-1] }) }, 4),
  "two negative sizes": fileOf({ a: entry(0, 4, { shape: [-1, -1] }) }, 4),
  "half a size": fileOf({ a: entry(0, 4, { shape: [0.5, 2] }) }, 4),
  "a size in text": fileOf({ a: entry(0, 4, { shape: ["1"] }) }, 4),
  "sizes that overflow": fileOf({ a: entry(0, 0, { shape: [2 ** 52, 2 ** 52, 2 ** 52] }) }),
  "sizes that overflow beside a zero": fileOf(`{"a":{"dtype":"F32","shape":[${new Array(40).fill(2 ** 52).join()},0],"data_offsets":[0,0]}}`),
  "no offsets": fileOf({ a: entry(0, 4, { data_offsets: undefined }) }, 4),
  "one offset": fileOf({ a: entry(0, 4, { data_offsets: [4] }) }, 4),
  "three offsets": fileOf({ a: entry(0, 4, { data_offsets: [0, 4, 8] }) }, 4),
  "a negative offset": fileOf({ a: entry(-4, 0) }, 4),
  "offsets that are no whole numbers": fileOf({ a: entry(0.5, 4.5) }, 5),
  "offsets in text": fileOf({ a: entry("0", "4") }, 4),
  "an end before its begin": fileOf({ a: entry(4, 0) }, 4),
  "an end beyond the file": fileOf({ a: entry(0, 4) }, 3),
  "fewer bytes than the shape takes": fileOf({ a: entry(0, 4, { shape: [2] }) }, 4),
  "more bytes than the shape takes": fileOf({ a: entry(0, 8) }, 8),
  "bytes for a tensor of no numbers": fileOf({ a: entry(0, 4, { shape: [0, 9] }) }, 4),
  "tensors that overlap": fileOf({ a: entry(0, 8, { shape: [2] }), b: entry(4, 8) }, 8),
  "tensors that share their bytes": fileOf({ a: entry(0, 4), b: entry(0, 4) }, 4),
  "a gap before the first tensor": fileOf({ a: entry(4, 8) }, 8),
  "a gap between tensors": fileOf({ a: entry(0, 4), b: entry(8, 12) }, 12),
  "data after the last tensor": fileOf({ a: entry(0, 4) }, 5),
  "data without a tensor": fileOf({}, 1),
  "metadata that is a list": fileOf({ __metadata__: ["pt"] }),
  "metadata that is null": fileOf({ __metadata__: null }),
  "metadata that is a string": fileOf({ __metadata__: "pt" }),
  "metadata of numbers": fileOf({ __metadata__: { step: 4 } }),
  "metadata of objects": fileOf({ __metadata__: { config: { layers: "2" } } }),
};

describe("readSafetensors", () => {
  it.each(Object.entries(MALFORMED))("refuses %s", (_, file) => {
    expect(() => readSafetensors(file)).toThrow(REFUSED);
  });

  it.each(["dtype", "shape", "data_offsets"])("refuses a %s nested deeper than the stack, as every other malformed file", (field) => {
    const fields = { dtype: '"F32"', shape: "[1]", data_offsets: "[0,4]", [field]: nested(100_000) };
    const header = Object.entries(fields)
      .map(([name, json]) => `"${name}":${json}`)
      .join();
    expect(() => readSafetensors(fileOf(`{"a":{${header}}}`, 4))).toThrow(REFUSED);
  });

  it("says which tensor is wrong, how, and what may have happened", () => {
    expect(() => readSafetensors(fileOf({ "cells.0.bias": entry(0, 4, { shape: [3] }) }, 4))).toThrow(
      'this is no valid safetensors file: the tensor "cells.0.bias" has 4 bytes, but F32 [3] takes 12. Was it cut short, or is it another kind of file?',
    );
  });

  it("does not try to read a header over the limit", () => {
    expect(() => readSafetensors(fileOf("{}", 0, BigInt(MAX_HEADER) + 1n))).toThrow("its header claims 100000001 bytes, over the limit of 100000000.");
  });

  it("reads a file that lies within a larger array", () => {
    const file = fileOf({ a: entry(0, 4) }, 4);
    const larger = new Uint8Array(file.length + 6).fill(255);
    larger.set(file, 3);
    expect(readSafetensors(larger.subarray(3, 3 + file.length)).tensors.get("a")).toEqual({ dtype: "F32", shape: [1], bytes: new Uint8Array(4) });
  });

  it("refuses every file that was cut short, wherever", () => {
    const file = writeSafetensors({ tensors: new Map([["a", { dtype: "I16", shape: [2, 3], bytes: new Uint8Array(12) }]]), metadata: { format: "1" } });
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        expect(() => readSafetensors(file.subarray(0, length))).toThrow(REFUSED);
      }),
    );
  });

  it("loads or refuses whatever becomes of a file, and nothing else", () => {
    const random = generator(key(20));
    const below = (limit: number) => Math.floor(random() * limit);
    const tensors = new Map([
      ["a.0", { dtype: "F32" as const, shape: [2], bytes: new Uint8Array(8) }],
      ["b", { dtype: "U8" as const, shape: [1, 3], bytes: new Uint8Array(3) }],
    ]);
    const whole = writeSafetensors({ tensors, metadata: { config: '{"layers":2}' } });
    const tokens = [...'{}[]":,0129-eE.'].map((char) => char.charCodeAt(0));
    const outcomes = { loaded: 0, refused: 0 };
    for (let i = 0; i < 2500; i++) {
      const file = [...whole];
      for (let changes = 1 + below(3); changes > 0; changes--) {
        const [at, byte] = [below(file.length), random() < 0.5 ? below(256) : (tokens[below(tokens.length)] as number)];
        file.splice(at, random() < 0.8 ? 1 : below(4), ...(random() < 0.9 ? [byte] : []));
      }
      try {
        readSafetensors(Uint8Array.from(file));
        outcomes.loaded++;
      } catch (error) {
        expect((error as Error).message, JSON.stringify(file)).toMatch(REFUSED);
        outcomes.refused++;
      }
    }
    expect(Math.min(outcomes.loaded, outcomes.refused)).toBeGreaterThan(100);
  });

  it("gives plain bytes where Node's Buffer is given, whose slices are no copies", () => {
    const file = Buffer.from(fileOf({ a: entry(0, 8, { shape: [2] }) }, 8).fill(7, -8));
    const bytes = readSafetensors(file).tensors.get("a")?.bytes as Uint8Array<ArrayBuffer>;
    expect(bytes.slice().buffer.byteLength).toBe(8);
    expect([...bytes]).toEqual(new Array(8).fill(7));
  });
});
