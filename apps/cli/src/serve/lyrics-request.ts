import * as v from "valibot";
import { must, numberField, objectMessage, seedField, wholeField } from "./fields.ts";

const DEFAULT_LENGTH = 200;
/** As in `refrain write`. */
const DEFAULT_TEMPERATURE = 0.8;

/** A number in an address. */
const numberIn = (field: v.GenericSchema<number>) => v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?$/, must("a number")), v.transform(Number), field);

/** What `GET /lyrics` takes in its query, of at most so many tokens. */
export const lyricsRequest = (tokens: number) =>
  v.strictObject(
    {
      prompt: v.optional(v.string(), ""),
      length: v.optional(numberIn(wholeField(1, tokens)), String(Math.min(DEFAULT_LENGTH, tokens))),
      temperature: v.optional(numberIn(numberField(0, 2)), String(DEFAULT_TEMPERATURE)),
      seed: v.optional(numberIn(seedField)),
    },
    objectMessage,
  );
