import { tidy } from "@tensorflow/tfjs-core";
import { fillTree, isScales, type Json, key, loadTensors, type StoredAs, type StoredTensor, storeTensors, type TensorTree } from "@refrain/core";
import { MODEL_VERSION, readModelFile, type SafetensorsFile, shown, writeSafetensors } from "@refrain/safetensors";
import type { LanguageModel } from "./language-model.ts";
import { type AnyModel, MODEL_KINDS, type ModelKind, type ModelOf } from "./model-kinds.ts";

/** What is loaded unless other kinds are asked for: models of text. */
const OF_TEXT: readonly LanguageModel["kind"][] = ["char-rnn", "gpt"];

/** What a model's file holds. */
export type SavedModel<M extends AnyModel = LanguageModel> = {
  readonly model: M;
  readonly params: ReturnType<M["init"]>;
  /** What the tokenizer's toJSON gave. */
  readonly tokenizer: Json;
  /** The names of a tagger's tags or of a classifier's classes, in the order of their numbers. */
  readonly labels?: readonly string[];
  /** Whatever else belongs to the model: how it was trained, say. */
  readonly about?: Json;
  /** How the weights are stored, as core's `storeTensors` says: "f32" unless it is "f16" or "int8". Computed with are float32 numbers always. */
  readonly weights?: StoredAs;
};

/** A model from a file, which says how its weights are stored. */
export type LoadedModel<M extends AnyModel = LanguageModel> = SavedModel<M> & Required<Pick<SavedModel, "weights">>;

/** Whether a file with weights stored in each way may hold such a tensor. Halves were read before any file said that it has them. */
const MAY_HOLD: { readonly [As in StoredAs]: (tensor: StoredTensor) => boolean } = {
  f32: ({ dtype }) => dtype !== "I8",
  f16: ({ dtype }) => dtype === "F16",
  int8: ({ dtype, shape }) => (dtype === "I8") === (shape.length === 2),
};

/**
 * A model as the bytes of one safetensors file: weights by path; in the metadata its config, the tokenizer, the labels, the format's version, and how
 * the weights are stored where that is not in f32. Saved as it was loaded, a model gives the same bytes again.
 *
 * @throws {RangeError} when there are labels, and not as many as the model's answers are of.
 * @throws {Error} that names the weight, when one cannot be stored so: beyond ±65504 in f16, NaN or infinite in int8.
 */
export function saveModel({ model, params, tokenizer, labels, about, weights = "f32" }: SavedModel<AnyModel>): Uint8Array<ArrayBuffer> {
  if (labels) checkLabels(model, labels);
  return writeSafetensors({
    tensors: storeTensors(params, { as: weights }),
    metadata: {
      refrain: MODEL_VERSION,
      model: JSON.stringify({ kind: model.kind, config: model.config }),
      tokenizer: JSON.stringify(tokenizer),
      ...(labels && { labels: JSON.stringify(labels) }),
      ...(about !== undefined && { about: JSON.stringify(about) }),
      ...(weights !== "f32" && { weights }),
    },
  });
}

/**
 * A model from the bytes that `saveModel` gave.
 *
 * @param kinds the kinds that it may be of: those of models of text unless others are named.
 * @throws {Error} when the file is malformed, of another version or another kind, or its weights do not fit its config: one that
 * describes far more of them is found out before they are made.
 */
export function loadModel<K extends ModelKind = LanguageModel["kind"]>(bytes: Uint8Array<ArrayBuffer>, ...kinds: readonly K[]): LoadedModel<ModelOf[K]> {
  const { tensors, metadata, kind, config, tokenizer, labels, about } = readModelFile(bytes);
  const known = kindOf(kind, kinds.length > 0 ? kinds : OF_TEXT);
  const own = [...tensors].filter(([path]) => !isScales(path, tensors));
  const held = own.reduce((sum, [, { shape }]) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
  const more = MODEL_KINDS[known].numbers(config).find((count) => count > held);
  if (more !== undefined)
    throw new Error(`this model file is damaged: its config describes parameters of ${more} numbers and more, but its tensors hold ${held} in all.`);
  const whole = [...tensors].find(([, { dtype }]) => dtype === "I32");
  if (whole) throw new Error(`this model file is damaged: its tensor ${whole[0]} is of whole numbers, but parameters are floats.`);
  const weights = storageOf(metadata, own);
  const model: AnyModel = MODEL_KINDS[known].make(config);
  const saved = {
    model,
    // Whatever was parsed of JSON is JSON.
    tokenizer: tokenizer as Json,
    ...(labels && { labels: checkLabels(model, labels) }),
    ...(about !== undefined && { about: about as Json }),
    weights,
  };
  // Nested tensors, which tidy's types do not know as such.
  const params = tidy(() => fillTree<TensorTree>(model.init(key(0)), loadTensors(tensors)) as never) as TensorTree;
  // Its kind is among those asked for, which the types cannot follow.
  return { ...saved, params } as LoadedModel<AnyModel> as LoadedModel<ModelOf[K]>;
}

/** @throws {Error} unless a file's kind is one that there is, and one of those asked for. */
function kindOf(kind: unknown, asked: readonly ModelKind[]): ModelKind {
  if (typeof kind !== "string" || !Object.hasOwn(MODEL_KINDS, kind))
    throw new Error(`this file holds a model of kind ${shown(kind)}; this release knows ${Object.keys(MODEL_KINDS).join(", ")}.`);
  const found = asked.find((name) => name === kind);
  if (!found)
    throw new Error(`this file holds a model of kind "${kind}", but ${asked.join(" or ")} is asked for. It is loaded by loadModel(bytes, "${kind}").`);
  return found;
}

/** How a file's weights are stored. @throws {Error} unless that is a way that there is, and its tensors are of its types. */
function storageOf({ weights = "f32" }: SafetensorsFile["metadata"], own: readonly [string, StoredTensor][]): StoredAs {
  if (!Object.hasOwn(MAY_HOLD, weights))
    throw new Error(`this model's weights are stored as ${JSON.stringify(weights)}; this release knows ${Object.keys(MAY_HOLD).join(", ")}.`);
  const as = weights as StoredAs;
  const wrong = own.find(([, tensor]) => !MAY_HOLD[as](tensor));
  if (wrong)
    throw new Error(
      `this model file is damaged: its weights are said to be stored as ${as}, but its tensor ${wrong[0]} is ${wrong[1].dtype} [${wrong[1].shape}].`,
    );
  return as;
}

/** The labels. @throws {RangeError} unless there is one for each answer that the model can give. */
function checkLabels(model: AnyModel, labels: readonly string[]): readonly string[] {
  const { labels: count } = MODEL_KINDS[model.kind] as { labels?(model: AnyModel): number };
  const needed = count?.(model) ?? 0;
  if (labels.length !== needed) throw new RangeError(`a ${model.kind} of this config has ${needed} labels, but ${labels.length} are given.`);
  return labels;
}
