import { type PaddedTokens, tokensOf } from "./padded-tokens.ts";
import type { ReaderInput } from "./reader.ts";

/** Questions about passages, row by row. */
export type Asked = { readonly passage: PaddedTokens; readonly question: PaddedTokens };

/** The same in tensors. @throws {Error} when there are not as many questions as passages. */
export function readerInput({ passage, question }: Asked): ReaderInput {
  if (passage.rows !== question.rows)
    throw new Error(`reader: there must be one question for each passage, but there are ${question.rows} for ${passage.rows}.`);
  return { passage: tokensOf(passage), passageLengths: passage.lengths, question: tokensOf(question), questionLengths: question.lengths };
}
