/*
 * Hugging Face's safetensors: 8 bytes of header length (little endian), a JSON header, then the numbers.
 * https://huggingface.co/docs/safetensors
 */

/** What can be stored, with the bytes of one number. */
export const DTYPES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 } as const;

/** The types of numbers that safetensors knows by name. */
export type Dtype = keyof typeof DTYPES;

/** One tensor as stored: little-endian bytes. */
export type StoredTensor = { readonly dtype: Dtype; readonly shape: readonly number[]; readonly bytes: Uint8Array<ArrayBuffer> };

/** What a safetensors file holds: tensors by name, and metadata. */
export type SafetensorsFile = {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
};

/** The header may not be longer than this: Hugging Face's limit. */
export const MAX_HEADER = 100_000_000;

/** Numbers in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
