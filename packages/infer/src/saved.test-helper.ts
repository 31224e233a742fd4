import { key, type StoredAs, useBackend } from "@refrain/core";
import { type AnyModel, type SavedModel, saveModel } from "@refrain/models";

/** What was saved; `params` fits the model, which the types cannot follow. */
export type Saved = { readonly params: never; readonly bytes: Uint8Array<ArrayBuffer> };

/** A fresh model's file, and the model: what it says is what inference must say. */
export async function savedModel(model: unknown, weights: StoredAs = "f32", more: Partial<Pick<SavedModel, "labels" | "tokenizer">> = {}): Promise<Saved> {
  await useBackend("simd");
  const known = model as AnyModel;
  const params = known.init(key(7)) as never;
  const tokenizer = { kind: "char", characters: "夢裡花落知多少" };
  const saved = { model: known, params, tokenizer, weights, ...more };
  return { params, bytes: saveModel(saved) };
}
