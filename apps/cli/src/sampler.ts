import { generator, key } from "@refrain/core";
import type { CharTokenizer } from "@refrain/data";
import {
  banned,
  type Filter,
  frequencyPenalty,
  minP,
  noRepeatNgram,
  power,
  presencePenalty,
  repetitionPenalty,
  type Sampler,
  samplerOf,
  temperature,
  topK,
  topP,
  typical,
} from "@refrain/losses/sampling";
import type { Values } from "./options.ts";
import type { samplingOptions } from "./shared-options.ts";
import { UserError } from "./user-error.ts";

const DEFAULT_TEMPERATURE = 0.8;

type Choices = Partial<Values<typeof samplingOptions>> & { readonly seed: number };

/**
 * The sampler that the options ask for: rules first, then what holds repeats back, then what shapes the distribution, last what cuts
 * its tail. It never draws the unknown mark.
 */
export function samplerFor(choices: Choices, tokenizer: CharTokenizer, rules: readonly Filter[] = []): Sampler {
  const { temperature: T, power: e, "top-k": k, typical: share, "top-p": p, "min-p": least, seed } = choices;
  if (T !== undefined && e !== undefined) throw new UserError("--temperature and --power say the same in two ways; give one of them.", 2);
  return samplerOf(
    [
      banned([tokenizer.unknown]),
      ...rules,
      ...repeatFilters(choices, tokenizer),
      e === undefined ? temperature(T ?? DEFAULT_TEMPERATURE) : power(e),
      ...given(k, topK),
      ...given(share, typical),
      ...given(p, topP),
      ...given(least, minP),
    ],
    generator(key(seed)),
  );
}

/** What holds back that which was written before. Punctuation and line breaks are spared, as they must come again and again. */
export function repeatFilters(choices: Partial<Choices>, tokenizer: CharTokenizer): Filter[] {
  const { "repetition-penalty": repetition, "presence-penalty": presence, "frequency-penalty": frequency, "no-repeat-ngram": n } = choices;
  const spared = tokenizer.characters.flatMap((character, i) => (/[\p{L}\p{M}\p{N}]/u.test(character) ? [] : [i + 1]));
  return [
    ...given(repetition, (r) => repetitionPenalty(r, { spared })),
    ...given(presence, (amount) => presencePenalty(amount, { spared })),
    ...given(frequency, (amount) => frequencyPenalty(amount, { spared })),
    ...given(n, (size) => noRepeatNgram(size, { spared })),
  ];
}

const given = (value: number | undefined, make: (value: number) => Filter): Filter[] => (value === undefined ? [] : [make(value)]);

/** Whether two drafts with these options can differ. */
export function isRandom({ temperature: T, "top-k": k, "min-p": least }: Choices): boolean {
  return T !== 0 && k !== 1 && least !== 1;
}
