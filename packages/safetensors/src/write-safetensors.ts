import { DTYPES, type SafetensorsFile, sizeOf } from "./format.ts";

/**
 * The bytes of a safetensors file, its tensors in the order given, its data aligned to 8 bytes.
 * @throws {Error} when a tensor's bytes do not match its type and shape, or its name is the format's own.
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let length = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    const expected = sizeOf(shape) * DTYPES[dtype];
    if (bytes.length !== expected)
      throw new Error(`writeSafetensors: the tensor "${name}" has ${bytes.length} bytes, but ${dtype} [${shape}] takes ${expected}.`);
    if (name === "__metadata__") throw new Error('writeSafetensors: the format keeps the name "__metadata__" for itself. Give the tensor another name.');
    header.push([name, { dtype, shape, data_offsets: [length, length + bytes.length] }]);
    length += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + padded + length).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, 8);
  let at = 8 + padded;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
