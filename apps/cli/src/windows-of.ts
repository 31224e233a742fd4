import { type Batch, consecutiveWindows, splitCorpus } from "@refrain/data";
import type { LoadedWriter } from "./load-writer.ts";
import type { CorpusText } from "./run/corpus.ts";
import { UserError } from "./user-error.ts";
import { markUnknown } from "./validation.ts";

/** Characters in a window, where the model's file does not say how many it was trained with. */
const DEFAULT_CONTEXT = 50;

export type WindowsOptions = {
  /** "auto" is the last tenth of the text that the model was trained on, and all of any other. */
  readonly part: "auto" | "all" | "validation";
  /** Characters in a window: as in training unless it says otherwise. */
  readonly context?: number | undefined;
};

/** A text as a model is measured on it. */
export type TextWindows = {
  readonly tokens: Int32Array;
  /** The same windows at each call. */
  windows(): Iterable<Batch>;
  /** How many characters are foretold, and how many are not, as the model never saw them. */
  readonly characters: number;
  readonly unknown: number;
  readonly part: "all" | "validation";
  readonly context: number;
};

/** The windows of a text that a model is measured on. @throws {UserError} when there is nothing in it to measure, or a window is longer than the model sees. */
export function windowsOf({ model, tokenizer, about }: Omit<LoadedWriter, "params">, { path, text, hash }: CorpusText, asked: WindowsOptions): TextWindows {
  const part = asked.part === "auto" ? (about.corpus === hash ? "validation" : "all") : asked.part;
  const tokens = tokenizer.encode(part === "all" ? text : splitCorpus(text).validation);
  if (tokens.length < 2)
    throw new UserError(
      `${path} is too short to measure: at least 2 characters are needed, but ${part === "all" ? "it" : "its last tenth"} has ${tokens.length}. Use a longer text${part === "all" ? "" : " or --part all"}.`,
    );
  const sight = model.config.context ?? Number.POSITIVE_INFINITY;
  if (asked.context !== undefined && asked.context > sight)
    throw new UserError(`--context must be at most ${sight}, as this model sees no more characters at once, but is ${asked.context}.`, 2);
  const context = asked.context ?? Math.min(about.context ?? DEFAULT_CONTEXT, sight);
  const unknown = tokens.filter((token, i) => i > 0 && token === tokenizer.unknown).length;
  if (unknown === tokens.length - 1) throw new UserError(`${path} holds no character that the model knows.`);
  return {
    tokens,
    windows: () => markUnknown(consecutiveWindows(tokens, { batch: 64, context }), tokenizer.unknown),
    characters: tokens.length - 1 - unknown,
    unknown,
    part,
    context,
  };
}
