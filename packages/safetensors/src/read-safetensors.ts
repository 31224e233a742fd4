import { shown } from "./shown.ts";
import { type Dtype, DTYPES, MAX_HEADER, type SafetensorsFile, sizeOf, type StoredTensor } from "./format.ts";

/**
 * Reads a safetensors file, checking all that the format promises before it hands anything out.
 *
 * @throws {Error} that says what is wrong: too short, a header that is no JSON object, an unknown type, a shape that does not
 * match its bytes, tensors that overlap, leave gaps or end elsewhere than the file.
 */
export function readSafetensors(file: Uint8Array<ArrayBuffer>): SafetensorsFile {
  const [header, data] = splitHeader(file);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map(Object.entries(entries).map(([name, entry]) => [name, readEntry(name, entry, data)] as const));
  checkCoverage(entries, data.length);
  return { tensors, metadata: readMetadata(metadata) };
}

function malformed(problem: string): Error {
  return new Error(`this is no valid safetensors file: ${problem}. Was it cut short, or is it another kind of file?`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function splitHeader(file: Uint8Array<ArrayBuffer>): [Record<string, unknown>, Uint8Array<ArrayBuffer>] {
  if (file.length < 8) throw malformed(`it has ${file.length} bytes, and the header's length alone takes 8`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER) throw malformed(`its header claims ${length} bytes, over the limit of ${MAX_HEADER}`);
  if (8 + length > file.length) throw malformed(`its header claims ${length} bytes, but only ${file.length - 8} follow`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, 8 + length)));
  } catch (error) {
    throw malformed(`its header is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(header)) throw malformed("its header is no JSON object");
  // Plain bytes, where Node's Buffer was given: a slice of that would be no copy.
  return [header, new Uint8Array(file.buffer, file.byteOffset + 8 + length, file.length - 8 - length)];
}

function readMetadata(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) throw malformed("its metadata is no object of strings");
  return metadata as Record<string, string>;
}

function readEntry(name: string, entry: unknown, data: Uint8Array<ArrayBuffer>): StoredTensor {
  const wrong = (problem: string) => malformed(`the tensor "${name}" ${problem}`);
  if (!isRecord(entry)) throw wrong("has no description");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype)) throw wrong(`has the unknown type ${shown(dtype)}`);
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(whole)) throw wrong(`has the shape ${shown(shape)}, which is no list of sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) throw wrong(`has the offsets ${shown(offsets)}, which are no begin and end`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > data.length) throw wrong(`should lie at bytes ${begin} to ${end} of the data, which has ${data.length}`);
  const bytes = sizeOf(shape) * DTYPES[dtype as Dtype];
  if (end - begin !== bytes) throw wrong(`has ${end - begin} bytes, but ${dtype} [${shape}] takes ${bytes}`);
  return { dtype: dtype as Dtype, shape, bytes: data.subarray(begin, end) };
}

/** The tensors must cover the data without gaps or overlaps. */
function checkCoverage(entries: Record<string, unknown>, length: number): void {
  const ranges = Object.values(entries).map((entry) => (entry as { data_offsets: [number, number] }).data_offsets);
  ranges.sort(([a, endA], [b, endB]) => a - b || endA - endB);
  let at = 0;
  for (const [begin, end] of ranges) {
    if (begin !== at) throw malformed(`its tensors ${begin < at ? "overlap" : "leave a gap"} at byte ${Math.min(begin, at)} of the data`);
    at = end;
  }
  if (at !== length) throw malformed(`its tensors end at byte ${at} of the data, which has ${length}`);
}
