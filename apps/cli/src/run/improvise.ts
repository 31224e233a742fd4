import { foldIn, generator, key, type TensorTree } from "@refrain/core";
import type { CharTokenizer } from "@refrain/data";
import { banned, samplerOf, temperature } from "@refrain/losses/sampling";
import { type LanguageModel, rewrite } from "@refrain/models";
import { rewriteLine } from "../rewrite-line.ts";
import { writeLines } from "../write-lines.ts";
import type { SampleShown } from "./reporter.ts";

export type ImproviseOptions = {
  readonly model: LanguageModel;
  readonly params: TensorTree;
  readonly tokenizer: CharTokenizer;
  /** Lines of the corpus to rewrite one of. */
  readonly lines: readonly string[];
  readonly start: string;
  readonly seed: number;
  readonly step: number;
};

/** Lines of an improvisation, and the characters it may have at most. */
const LINES = 3,
  LIMIT = 150;

/** What the lesson shows while it trains: a line of the corpus as the model would have written it, and a free improvisation. */
export function improvise({ model, params, tokenizer, lines, start, seed, step }: ImproviseOptions): SampleShown {
  const random = generator(foldIn(key(seed), step));
  const original = lines[Math.floor(random() * lines.length)] as string;
  const rewritten = rewriteLine(original, tokenizer, (tokens) => rewrite(model, params, tokens));
  const sampler = samplerOf([banned([tokenizer.unknown]), temperature(0.8)], random);
  const improvised = [...writeLines({ model, params, tokenizer, sampler, start, lines: LINES, limit: LIMIT, redraws: 5 })].join("").trimEnd();
  return { rewritten, original, start, improvised };
}

/** What samples start with: the text asked for where the model knows it, else the commonest character that begins a line. */
export function knownStart(tokenizer: CharTokenizer, wanted: string, lines: readonly string[]): string {
  if (wanted !== "" && tokenizer.missing(wanted).length === 0) return wanted;
  const counts = new Map<string, number>();
  for (const line of lines) {
    const [first = ""] = line;
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}
