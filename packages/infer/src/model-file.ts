import { type CharTokenizer, restoreTokenizer, type WordTokenizer } from "@refrain/data";
import { readSafetensors, type StoredTensor } from "@refrain/safetensors";

/** The version of the format that is read: see `saveModel` of `@refrain/models`. */
const VERSION = "1";

/** A model's config, of which nothing is known yet. */
export type Config = Readonly<Record<string, unknown>>;

/** What a model's file holds. */
export type ModelFile = {
  readonly kind: string;
  readonly config: Config;
  readonly tokenizer: CharTokenizer | WordTokenizer;
  readonly labels?: readonly string[];
  readonly about?: unknown;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
};

const damaged = (problem: string, cause?: unknown) => new Error(`this model file is damaged: ${problem}.`, { cause });

/**
 * A model's file from its bytes.
 *
 * @param kinds the kinds that it may be of
 * @throws {Error} when it is no safetensors file, or holds no model, or one of another version or another kind.
 */
export function readModelFile(bytes: Uint8Array<ArrayBuffer>, kinds: readonly string[]): ModelFile {
  const { tensors, metadata } = readSafetensors(bytes);
  const { refrain: version, model, tokenizer, labels, about } = metadata;
  if (version === undefined || model === undefined || tokenizer === undefined)
    throw new Error("this safetensors file holds no Refrain model: its metadata names no model. Give a file that `refrain train` wrote.");
  if (version !== VERSION)
    throw new Error(`this model is of format version ${version}; this release reads version ${VERSION}. Use a release that reads it, or train again.`);
  const { kind, config } = recordOf(parse(model, "model"), "model");
  if (typeof kind !== "string" || !kinds.includes(kind))
    throw new Error(`this file holds a model of kind ${JSON.stringify(kind)}, but ${kinds.join(" or ")} is asked for. Load it with the function for its kind.`);
  return {
    kind,
    config: recordOf(config, "config"),
    tokenizer: restore(parse(tokenizer, "tokenizer")),
    ...(labels !== undefined && { labels: namesOf(parse(labels, "list of labels")) }),
    ...(about !== undefined && { about: parse(about, "description") }),
    tensors,
  };
}

function restore(json: unknown): CharTokenizer | WordTokenizer {
  try {
    return restoreTokenizer(json);
  } catch (cause) {
    throw damaged(`its tokenizer cannot be restored (${(cause as Error).message})`, cause);
  }
}

function parse(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw damaged(`its ${what} is not JSON`, cause);
  }
}

function recordOf(value: unknown, what: string): Config {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw damaged(`its ${what} is no JSON object`);
  return value as Config;
}

function namesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) throw damaged("its labels are no list of names");
  return value;
}
