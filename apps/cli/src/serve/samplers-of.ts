import type { LanguageModel } from "@refrain/infer";
import {
  banned,
  type Filter,
  frequencyPenalty,
  generator,
  key,
  minP,
  presencePenalty,
  repetitionPenalty,
  type Sampler,
  samplerOf,
  temperature,
  topK,
  topP,
} from "@refrain/sampling";

/** How tokens are chosen, in the names of OpenAI's interface and its usual extensions. What is not there changes nothing. */
export type Choices = {
  readonly temperature: number;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
  readonly min_p?: number | undefined;
  readonly frequency_penalty?: number | undefined;
  readonly presence_penalty?: number | undefined;
  readonly repetition_penalty?: number | undefined;
  readonly seed: number;
};

/**
 * Makes samplers for a model: what holds repeats back comes before what shapes the distribution, and that before what cuts its tail, as in
 * `refrain write`. None draws the unknown mark; punctuation and line breaks, which must come again, are spared by penalties.
 */
export function samplersOf({ tokenizer }: LanguageModel): (choices: Choices) => Sampler {
  const names = tokenizer.kind === "char" ? tokenizer.characters : tokenizer.words;
  const spared = names.flatMap((name, i) => (/[\p{L}\p{M}\p{N}]/u.test(name) ? [] : [i + 1]));
  return (choices) =>
    samplerOf(
      [
        banned([tokenizer.unknown]),
        ...given(choices.repetition_penalty, (r) => repetitionPenalty(r, { spared })),
        ...given(choices.presence_penalty, (amount) => presencePenalty(amount, { spared })),
        ...given(choices.frequency_penalty, (amount) => frequencyPenalty(amount, { spared })),
        temperature(choices.temperature),
        ...given(choices.top_k, topK),
        ...given(choices.top_p, topP),
        ...given(choices.min_p, minP),
      ],
      generator(key(choices.seed)),
    );
}

const given = (value: number | undefined, make: (value: number) => Filter): Filter[] => (value === undefined ? [] : [make(value)]);
