import { UserError } from "../user-error.ts";
import type { WriteValues } from "./write-options.ts";

/** What only has a meaning where each character is drawn. */
const OF_DRAWING = ["temperature", "power", "top-k", "top-p", "min-p", "typical", "seed"];
/** What only has a meaning beside another option. */
const BESIDE: readonly (readonly [string, readonly string[]])[] = [
  ["length-penalty", ["beams"]],
  ["beam-groups", ["beams"]],
  ["diversity", ["beam-groups"]],
  ["tunes", ["tune"]],
  ["rhyme-by", ["rhyme"]],
  ["rhyme", ["tune", "line-length"]],
];
/** What says how the same thing is done in two ways. */
const EITHER: readonly (readonly [string, string])[] = [
  ["beams", "contrastive"],
  ["tune", "line-length"],
  ["tune", "lines"],
];

/** @throws {UserError} when options are given that do not go together. */
export function checkWriteOptions({ beams = 1, "beam-groups": groups, diversity, start }: WriteValues, given: ReadonlySet<string>): void {
  const search = ["beams", "contrastive"].find((name) => given.has(name));
  for (const [a, b] of EITHER) if (given.has(a) && given.has(b)) throw new UserError(`--${a} and --${b} do not go together; give one of them.`, 2);
  for (const [option, owners] of BESIDE)
    if (given.has(option) && !owners.some((owner) => given.has(owner)))
      throw new UserError(`--${option} has no meaning without ${owners.map((owner) => `--${owner}`).join(" or ")}.`, 2);
  const drawing = OF_DRAWING.find((name) => given.has(name) && !(name === "top-k" && search === "contrastive"));
  if (search && drawing) throw new UserError(`--${search} searches without a draw, so that --${drawing} has no meaning beside it. Leave one of them out.`, 2);
  if (beams % groups !== 0) throw new UserError(`--beams must divide into --beam-groups of one size, but ${beams} beams do not make ${groups} groups.`, 2);
  if (diversity > 0 && groups === 1) throw new UserError("--diversity sets groups apart, but there is one. Give two or more --beam-groups.", 2);
  if ((given.has("tune") || given.has("line-length")) && start.includes("\n"))
    throw new UserError("--start must be the beginning of the first line, but has a line break in it.", 2);
}
