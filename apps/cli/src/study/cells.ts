import { gru, type HiddenState, lstm, type RecurrentParams, rnn } from "@refrain/cells";
import { type Cell, foldIn, key, type Key } from "@refrain/core";
import { closest } from "fastest-levenshtein";
import type { Values } from "../options.ts";
import { UserError } from "../user-error.ts";
import type { studyOptions } from "./study-options.ts";

type StudyValues = Values<typeof studyOptions>;

/** A cell of a study: all that is read of its state is h. */
export type StudyCell = Cell<RecurrentParams, HiddenState>;

/** Features of an input of the adding problem: the number and its mark. */
const INPUT = 2;

const MAKERS = {
  rnn: (hidden) => rnn({ input: INPUT, hidden }),
  lstm: (hidden, forgetBias) => lstm({ input: INPUT, hidden, forgetBias }),
  gru: (hidden) => gru({ input: INPUT, hidden }),
} satisfies Record<string, (hidden: number, forgetBias: number) => StudyCell>;

export type CellName = keyof typeof MAKERS;

/** The cells that a comma-separated list names. @throws {UserError} when it names none, an unknown one, one twice, or not the one that another option is for. */
export function cellsOf(
  { cells: list, hidden, "forget-bias": forgetBias }: StudyValues,
  given: ReadonlySet<string>,
): { readonly name: CellName; readonly cell: StudyCell }[] {
  const known = Object.keys(MAKERS);
  const names = list.split(",").map((name) => name.trim());
  if (given.has("forget-bias") && !names.includes("lstm"))
    throw new UserError(`--forget-bias is the LSTM's, but --cells has no lstm. Add it to them, or leave --forget-bias out.`, 2);
  return names.map((name, i) => {
    if (!Object.hasOwn(MAKERS, name))
      throw new UserError(
        `--cells must be some of ${known.join(", ")}, with commas between them, but got ${JSON.stringify(list)}. Did you mean ${closest(name, known)}?`,
        2,
      );
    if (names.indexOf(name) !== i) throw new UserError(`--cells names ${name} twice. Name each cell once.`, 2);
    return { name: name as CellName, cell: MAKERS[name as CellName](hidden, forgetBias) };
  });
}

/** The key of a cell's random numbers: the same whatever other cells a study has. */
export function keyOf(name: CellName, seed: number): Key {
  return foldIn(key(seed), Object.keys(MAKERS).indexOf(name));
}
