import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dtype, DTYPES, type StoredTensor } from "./format.ts";
import { readSafetensors } from "./read-safetensors.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const dtypes = fc.constantFrom(...(Object.keys(DTYPES) as Dtype[]));
const stored: fc.Arbitrary<StoredTensor> = fc.tuple(dtypes, fc.array(fc.nat(4), { maxLength: 3 })).chain(([dtype, shape]) => {
  const length = shape.reduce((product, extent) => product * extent, DTYPES[dtype] as number);
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ dtype, shape, bytes: Uint8Array.from(bytes) }));
});

/** Names that the format or JavaScript keeps for itself are tested on their own. */
const names = fc.string({ unit: "grapheme", maxLength: 12 }).filter((name) => !name.startsWith("__"));

describe("writeSafetensors", () => {
  it("writes any tensors and metadata so that they read back the same", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, stored), { maxLength: 5 }), fc.dictionary(names, fc.string({ unit: "grapheme" })), (entries, metadata) => {
        const tensors = new Map(entries);
        const read = readSafetensors(writeSafetensors({ tensors, metadata }));
        expect(Object.fromEntries(read.tensors)).toEqual(Object.fromEntries(tensors));
        expect({ ...read.metadata }).toEqual({ ...metadata });
      }),
    );
  });

  it("gives byte by byte the file that the format describes", () => {
    const numbers = Float32Array.of(1.5, -2);
    const file = writeSafetensors({
      tensors: new Map<string, StoredTensor>([
        ["a", { dtype: "F32", shape: [1, 2], bytes: new Uint8Array(numbers.buffer) }],
        ["b.0", { dtype: "U8", shape: [3], bytes: Uint8Array.of(7, 8, 9) }],
      ]),
      metadata: { format: "1" },
    });
    const header =
      '{"__metadata__":{"format":"1"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b.0":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect([...file.subarray(0, 8)]).toEqual([padded.length, 0, 0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(file.subarray(8, 8 + padded.length))).toBe(padded);
    expect([...file.subarray(8 + padded.length)]).toEqual([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 7, 8, 9]);
  });

  it("reads a file written by hand, its header unpadded and in another order than its data", () => {
    const header = '{"b":{"data_offsets":[4,6],"shape":[],"dtype":"I16"}, "a" : {"dtype":"I32","shape":[1],"data_offsets":[0,4]}}';
    const file = Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header), 1, 0, 0, 0, 255, 255);
    expect(readSafetensors(file)).toEqual({
      tensors: new Map([
        ["b", { dtype: "I16", shape: [], bytes: Uint8Array.of(255, 255) }],
        ["a", { dtype: "I32", shape: [1], bytes: Uint8Array.of(1, 0, 0, 0) }],
      ]),
      metadata: {},
    });
  });

  it("aligns the data to 8 bytes and leaves the metadata out where there is none", () => {
    fc.assert(
      fc.property(names, (name) => {
        const file = writeSafetensors({ tensors: new Map([[name, { dtype: "U8", shape: [0], bytes: new Uint8Array(0) }]]), metadata: {} });
        expect(file.length % 8).toBe(0);
        expect(new TextDecoder().decode(file.subarray(8))).not.toContain("__metadata__");
      }),
    );
  });

  it("writes a file of no tensors", () => {
    expect(readSafetensors(writeSafetensors({ tensors: new Map(), metadata: {} }))).toEqual({ tensors: new Map(), metadata: {} });
  });

  it("refuses bytes that do not fit their shape", () => {
    const tensors = new Map<string, StoredTensor>([["w", { dtype: "F16", shape: [2, 2], bytes: new Uint8Array(4) }]]);
    expect(() => writeSafetensors({ tensors, metadata: {} })).toThrow('writeSafetensors: the tensor "w" has 4 bytes, but F16 [2,2] takes 8.');
  });

  it.each(["__proto__", "__metadata__"])("loses no tensor of the name %s: it is kept or refused", (name) => {
    const tensor: StoredTensor = { dtype: "U8", shape: [1], bytes: Uint8Array.of(1) };
    let file: Uint8Array<ArrayBuffer>;
    try {
      file = writeSafetensors({ tensors: new Map([[name, tensor]]), metadata: {} });
    } catch {
      return;
    }
    expect(readSafetensors(file).tensors.get(name)).toEqual(tensor);
  });
});
