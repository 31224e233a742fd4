import * as v from "valibot";
import { must, numberField, objectMessage, positiveField, seedField, wholeField } from "./fields.ts";

/** OpenAI's. */
const DEFAULT_LENGTH = 16;

/** A field that need not be there; null is as good as nothing. */
const maybe = <T>(schema: v.GenericSchema<T>) =>
  v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );

/** What OpenAI's interface has, but this one does not do: only the value that asks for nothing is taken. */
const only = (value: number | boolean) => v.nullish(v.literal(value, must(`${value}, as nothing else is supported`)));
const never = v.nullish(v.never(must("null, as nothing else is supported")));

const flag = v.nullish(v.boolean(must("true or false")), false);

/** OpenAI's. */
const MOST_STOPS = 4;

function isStop(value: unknown): boolean {
  const stops = [value].flat();
  return stops.length <= MOST_STOPS && stops.every((stop) => typeof stop === "string" && stop !== "");
}

const stopField = v.pipe(
  v.nullish(v.custom<string | string[]>(isStop, must("a string, or up to 4 of them, none of them empty")), []),
  v.transform((stop) => [stop].flat()),
);

/**
 * What `POST /v1/completions` takes, of at most so many tokens: OpenAI's names and bounds, and top_k, min_p and repetition_penalty beside them.
 * Whatever else is sent is refused.
 */
export const completionRequest = (tokens: number) =>
  v.strictObject(
    {
      model: v.string(must("the name of a model, as GET /v1/models gives it")),
      prompt: v.string(must("one string, as lists and tokens are not supported")),
      max_tokens: v.nullish(wholeField(1, tokens), Math.min(DEFAULT_LENGTH, tokens)),
      temperature: v.nullish(numberField(0, 2), 1),
      top_p: maybe(positiveField(1)),
      top_k: maybe(wholeField(1, 2 ** 31)),
      min_p: maybe(numberField(0, 1)),
      frequency_penalty: maybe(numberField(-2, 2)),
      presence_penalty: maybe(numberField(-2, 2)),
      repetition_penalty: maybe(positiveField(10)),
      seed: maybe(seedField),
      stop: stopField,
      stream: flag,
      stream_options: maybe(v.strictObject({ include_usage: flag }, objectMessage)),
      n: only(1),
      best_of: only(1),
      echo: only(false),
      logprobs: never,
      suffix: never,
      logit_bias: never,
    },
    objectMessage,
  );
