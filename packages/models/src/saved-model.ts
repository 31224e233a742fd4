import { fillTree, disposeTree, type Json, key, loadTensors, readSafetensors, storeTensors, type TensorTree, writeSafetensors } from "@refrain/core";
import { charRnn, type CharRnnConfig } from "./char-rnn.ts";
import { gpt, type GptConfig } from "./gpt.ts";
import type { LanguageModel } from "./language-model.ts";

/** The version of the format that this code writes, and the only one it reads so far. */
const VERSION = "1";

const MODELS: Record<LanguageModel["kind"], (config: unknown) => LanguageModel> = {
  "char-rnn": (config) => charRnn(config as CharRnnConfig),
  gpt: (config) => gpt(config as GptConfig),
};

export type SavedModel = {
  readonly model: LanguageModel;
  readonly params: TensorTree;
  /** What the tokenizer's toJSON gave. */
  readonly tokenizer: Json;
  /** Whatever else belongs to the model: how it was trained, say. */
  readonly about?: Json;
};

/** A model as the bytes of one safetensors file: weights by path; in the metadata its config, the tokenizer and the format's version. */
export function saveModel({ model, params, tokenizer, about }: SavedModel): Uint8Array<ArrayBuffer> {
  return writeSafetensors({
    tensors: storeTensors(params),
    metadata: {
      refrain: VERSION,
      model: JSON.stringify({ kind: model.kind, config: model.config }),
      tokenizer: JSON.stringify(tokenizer),
      ...(about !== undefined && { about: JSON.stringify(about) }),
    },
  });
}

/**
 * A model from the bytes that `saveModel` gave.
 *
 * @throws {Error} when the file is malformed, of another version or another kind, or its weights do not fit its config.
 */
export function loadModel(bytes: Uint8Array<ArrayBuffer>): SavedModel {
  const { tensors, metadata } = readSafetensors(bytes);
  const { refrain: version, model: description, tokenizer, about } = metadata;
  if (version === undefined || description === undefined || tokenizer === undefined)
    throw new Error("this safetensors file holds no Refrain model: its metadata names no model. Give a file that `refrain train` wrote.");
  if (version !== VERSION)
    throw new Error(`this model is of format version ${version}; this release reads version ${VERSION}. Use the release that wrote it, or train again.`);
  const { kind, config } = parse(description, "model") as { kind?: unknown; config?: unknown };
  const make = Object.hasOwn(MODELS, kind as string) ? MODELS[kind as LanguageModel["kind"]] : undefined;
  if (!make) throw new Error(`this file holds a model of kind ${JSON.stringify(kind)}; this release knows ${Object.keys(MODELS).join(", ")}.`);
  const model = make(config);
  const like = model.init(key(0));
  const loaded = loadTensors(tensors);
  try {
    const params = fillTree(like, loaded);
    return { model, params, tokenizer: parse(tokenizer, "tokenizer"), ...(about !== undefined && { about: parse(about, "description") }) };
  } catch (error) {
    disposeTree([...loaded.values()]);
    throw error;
  } finally {
    disposeTree(like);
  }
}

function parse(json: string, what: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch (cause) {
    throw new Error(`this model file is damaged: its ${what} is not JSON.`, { cause });
  }
}
