import { type CharRnn, type CharRnnParams, type Writer, writer } from "@refrain/models";
import type { CharTokenizer } from "@refrain/data";

export type WriteOptions = {
  readonly model: CharRnn;
  readonly params: CharRnnParams;
  readonly tokenizer: CharTokenizer;
  readonly sampler: (logits: Float32Array) => number;
  /** What the first line starts with; the model knows all its characters. */
  readonly start: string;
  /** Lines to write, blank ones not counted. */
  readonly lines: number;
  /** Characters after which writing ends in any case. */
  readonly limit: number;
  /** How often a line that was written before is thrown away and drawn anew. */
  readonly redraws: number;
};

/** The line mark, which also stands before the first line. */
const LINE_END = "\n";

/**
 * Writes lines, piece by piece as they are certain. A line that is so far the beginning of one written before is held back until
 * it differs; if it ends as that line, it is drawn anew from its beginning, so that no line comes twice.
 */
export function* writeLines({ model, params, tokenizer, sampler, start, lines, limit, redraws }: WriteOptions): Generator<string> {
  const written = new Set<string>();
  let lineStart = writer(model, params, tokenizer.encode(LINE_END + start));
  let left = limit;
  let line = start;
  yield start;
  for (let attempts = 0; written.size < lines && left > 0; ) {
    const beginning = line;
    let held = "";
    let current = lineStart;
    while (left-- > 0 && !line.endsWith(LINE_END)) {
      const token = sampler(current.logits.slice());
      const next = current.feed(token);
      if (current !== lineStart) current.dispose();
      current = next;
      const character = tokenizer.decode([token]);
      line += character;
      held += character;
      if (!isBeginningOf(line, written)) {
        yield held;
        held = "";
      }
    }
    const repeated = held !== "";
    if (repeated && attempts < redraws && left > 0) {
      attempts++;
      line = beginning;
      if (current !== lineStart) current.dispose();
      continue;
    }
    if (repeated) yield held;
    if (line.trim() !== "") written.add(repeated ? `${line}#${written.size}` : line);
    lineStart = moveTo(current, lineStart);
    line = "";
    attempts = 0;
  }
  lineStart.dispose();
}

function moveTo(next: Writer, last: Writer): Writer {
  if (next !== last) last.dispose();
  return next;
}

function isBeginningOf(line: string, written: ReadonlySet<string>): boolean {
  return [...written].some((other) => other.startsWith(line));
}
