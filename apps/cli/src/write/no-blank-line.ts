import type { Filter } from "@refrain/losses/sampling";

/** Lets no line break follow another: a search, which never tires of what is likely, would write blank lines without end. */
export function noBlankLine(lineBreak: number): Filter {
  return (logits, previous) => {
    if (previous.at(-1) === lineBreak) logits[lineBreak] = Number.NEGATIVE_INFINITY;
  };
}
