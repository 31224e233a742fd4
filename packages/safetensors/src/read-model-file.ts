import { readSafetensors } from "./read-safetensors.ts";
import type { SafetensorsFile } from "./format.ts";

/** The version of Refrain's model files that this code reads, and the one that is written. */
export const MODEL_VERSION = "1";

/** What a model's file says, of whose fields nothing is known but that they are JSON. */
export type ModelFile = SafetensorsFile & {
  readonly kind: unknown;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tokenizer: unknown;
  readonly labels?: readonly string[];
  readonly about?: unknown;
};

/**
 * Reads one of Refrain's model files: weights by path, and in the metadata the format's version, the model's kind and config, its tokenizer,
 * labels where it has them, and whatever else was saved with it.
 *
 * @throws {Error} when it is no safetensors file, or holds no model, or one of another version; when its metadata are damaged.
 */
export function readModelFile(bytes: Uint8Array<ArrayBuffer>): ModelFile {
  const file = readSafetensors(bytes);
  const { refrain: version, model, tokenizer, labels, about } = file.metadata;
  if (version === undefined || model === undefined || tokenizer === undefined)
    throw new Error("this safetensors file holds no Refrain model: its metadata names no model. Give a file that `refrain train` wrote.");
  if (version !== MODEL_VERSION)
    throw new Error(`this model is of format version ${version}; this release reads version ${MODEL_VERSION}. Use the release that wrote it, or train again.`);
  const { kind, config } = recordOf(parse(model, "model"), "model");
  return {
    ...file,
    kind,
    config: recordOf(config, "config"),
    tokenizer: parse(tokenizer, "tokenizer"),
    ...(labels !== undefined && { labels: namesOf(parse(labels, "list of labels")) }),
    ...(about !== undefined && { about: parse(about, "description") }),
  };
}

function damaged(problem: string, cause?: unknown): Error {
  return new Error(`this model file is damaged: ${problem}.`, { cause });
}

function parse(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw damaged(`its ${what} is not JSON`, cause);
  }
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw damaged(`its ${what} is no JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

function namesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) throw damaged("its labels are no list of names");
  return value;
}
