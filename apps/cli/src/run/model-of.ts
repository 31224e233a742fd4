import { charRnn, gpt, type LanguageModel } from "@refrain/models";
import { UserError } from "../user-error.ts";
import { checkBelongs } from "./check-belongs.ts";
import type { TrainValues } from "./train-options.ts";

/** Features of a character in a recurrent model, and heads of a gpt, unless they are given. */
const EMBEDDING = 64,
  HEADS = 4;

/** The model that the options ask for. @throws {UserError} when they do not go together. */
export function modelOf(values: TrainValues, vocabulary: number): LanguageModel {
  const { model, embedding, hidden, layers, dropout, tied, heads, positions, context } = values;
  if (model !== "gpt") {
    checkBelongs("heads", heads, "model", ["gpt"], model);
    checkBelongs("positions", positions, "model", ["gpt"], model);
    const width = embedding ?? EMBEDDING;
    if (tied && width !== hidden) throw new UserError(`--tied needs --hidden and --embedding alike, but they are ${hidden} and ${width}.`, 2);
    return charRnn({ cell: model, vocabulary, embedding: width, hidden, layers, dropout, tied });
  }
  if (embedding !== undefined) throw new UserError("--embedding belongs to recurrent models: a character of gpt has --hidden features.", 2);
  const count = heads ?? HEADS;
  if (hidden % count !== 0) throw new UserError(`--heads must divide --hidden, but ${count} does not divide ${hidden}.`, 2);
  if (positions === "rotary" && (hidden / count) % 2 !== 0)
    throw new UserError(`--positions rotary needs an even number of features a head, but --hidden ${hidden} and --heads ${count} make ${hidden / count}.`, 2);
  return gpt({ vocabulary, context, features: hidden, heads: count, layers, positions: positions ?? "alibi", dropout });
}
