import { charRnn, gpt, type LanguageModel } from "@refrain/models";
import type { Shape } from "../shapes.ts";

/** Our model of a shape. */
export function modelOf(shape: Shape): LanguageModel {
  if (shape.kind === "gpt") {
    const { vocabulary, context, features, heads, layers } = shape;
    return gpt({ vocabulary, context, features, heads, layers, tied: false });
  }
  const { kind: cell, vocabulary, embedding, hidden, layers } = shape;
  return charRnn({ cell, vocabulary, embedding, hidden, layers });
}
