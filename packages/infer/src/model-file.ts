import { type CharTokenizer, restoreTokenizer, type WordTokenizer } from "@refrain/data";
import { type ModelFile as File, readModelFile as readFile } from "@refrain/safetensors";
import { shown } from "./shown.ts";

/** A model's config, of which nothing is known yet. */
export type Config = Readonly<Record<string, unknown>>;

/** A model's file, of a known kind, its tokenizer restored. */
export type ModelFile = Omit<File, "kind" | "tokenizer"> & { readonly kind: string; readonly tokenizer: CharTokenizer | WordTokenizer };

/**
 * A model's file from its bytes.
 *
 * @param kinds the kinds that it may be of
 * @throws {Error} when it is no safetensors file, or holds no model, or one of another version or another kind, or is damaged.
 */
export function readModelFile(bytes: Uint8Array<ArrayBuffer>, kinds: readonly string[]): ModelFile {
  const file = readFile(bytes);
  const kind = kinds.find((name) => name === file.kind);
  if (kind === undefined)
    throw new Error(`this file holds a model of kind ${shown(file.kind)}, but ${kinds.join(" or ")} is asked for. Load it with the function for its kind.`);
  return { ...file, kind, tokenizer: restore(file.tokenizer) };
}

function restore(json: unknown): CharTokenizer | WordTokenizer {
  try {
    return restoreTokenizer(json);
  } catch (cause) {
    throw new Error(`this model file is damaged: its tokenizer cannot be restored (${(cause as Error).message})`, { cause });
  }
}
