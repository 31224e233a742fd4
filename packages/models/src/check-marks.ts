import type { WriterConfig } from "./writer.ts";

/** @throws {RangeError} unless the marks of start and end are tokens of the vocabulary. */
export function checkMarks(model: string, { vocabulary, start, end }: WriterConfig): void {
  for (const [name, mark] of Object.entries({ start, end }))
    if (!Number.isInteger(mark) || mark < 0 || mark >= vocabulary)
      throw new RangeError(`${model}: ${name} must be a token of the vocabulary, 0 to ${vocabulary - 1}, but is ${mark}.`);
}
