import { type ModelFile as File, readModelFile as readFile, shown } from "@refrain/safetensors";

/** A model's config, of which nothing is known yet. */
export type Config = Readonly<Record<string, unknown>>;

/** A model's file, of a known kind. */
export type ModelFile = Omit<File, "kind"> & { readonly kind: string };

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
  return { ...file, kind };
}
