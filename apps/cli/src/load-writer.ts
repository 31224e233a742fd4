import { type BackendName, useBackend } from "@refrain/core";
import { charTokenizer, type CharTokenizer } from "@refrain/data";
import { type LoadedModel, loadModel } from "@refrain/models";
import { readModelBytes } from "./files.ts";
import { UserError } from "./user-error.ts";

/** What `refrain train` tells of a model in its file. */
export type About = {
  /** The SHA-256 of the text it was trained on. */
  readonly corpus: string;
  readonly context: number;
  /** The commonest tokens of that text, which make up half of it. */
  readonly frequent: readonly number[];
};

export type LoadedWriter = Pick<LoadedModel, "model" | "params" | "weights"> & {
  readonly tokenizer: CharTokenizer;
  readonly about: Partial<About>;
  /** Bytes of its file. */
  readonly size: number;
};

/** Threads for `simd`: so many, or as many as the machine has. */
type Threads = number | "auto";

/** A trained model with its tokenizer, on a backend. @throws {UserError} when the file cannot be read or is no model. */
export async function loadWriter(path: string, backend: BackendName | "auto", threads?: Threads): Promise<LoadedWriter> {
  const bytes = await readModelBytes(path);
  await startBackend(backend, threads);
  try {
    const { model, params, weights, tokenizer, about } = loadModel(bytes);
    const { kind, characters } = tokenizer as { kind?: unknown; characters?: unknown };
    if (kind !== "char" || typeof characters !== "string") throw new Error(`its tokenizer is of kind ${JSON.stringify(kind)}; this release knows "char"`);
    const restored = charTokenizer([...characters]);
    if (restored.size !== model.config.vocabulary) throw new Error(`its tokenizer has ${restored.size} tokens, its model ${model.config.vocabulary}`);
    return { model, params, weights, tokenizer: restored, about: (about ?? {}) as Partial<About>, size: bytes.length };
  } catch (error) {
    throw new UserError(`${path} cannot be used: ${(error as Error).message}`);
  }
}

/** Starts a backend, failing in one line; `simd` on one thread unless more are asked for: they pay where there are batches, not character by character. */
export async function startBackend(name: BackendName | "auto", threads: Threads = 1): Promise<BackendName> {
  try {
    return await useBackend(name, { threads });
  } catch (error) {
    throw new UserError((error as Error).message.replace(/^useBackend\("(\w+)"\):/, "--backend $1:"));
  }
}
