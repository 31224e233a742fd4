import { parallel, Part, threads } from "./parallel";

/** Numbers that a part is worth: some 5 microseconds. */
const GRAIN: f64 = 8192;

/** What a part of a piece of work over lines is told first: which lines are its own. Contexts begin with it. */
@unmanaged
export class Range {
  lines: i32;
  share: i32;
}

/** Does `lines` of `width` numbers each by all threads, in parts of whole multiples of `unit` lines. */
export function overLines(part: Part, context: usize, lines: i32, width: i32, unit: i32): void {
  const range = changetype<Range>(context);
  range.lines = lines;
  const worth = <i32>min(<f64>lines * <f64>width / GRAIN, 1000);
  const parts = max(1, min(threads() * 2, worth));
  const units = (lines + unit - 1) / unit;
  range.share = max(1, (units + parts - 1) / parts) * unit;
  parallel(part, context, (lines + range.share - 1) / range.share);
}

/** The first line of a part. */
// @ts-ignore: decorator
@inline
export function firstOf(range: Range, index: i32): i32 {
  return index * range.share;
}

/** How many lines a part has. */
// @ts-ignore: decorator
@inline
export function countOf(range: Range, index: i32): i32 {
  return min(range.share, range.lines - index * range.share);
}
