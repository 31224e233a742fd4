import type { Line, Unit } from "../contract.ts";

/** Of all other units, less is better. */
const MORE: readonly Unit[] = ["GFLOP/s", "tokens/s"];

/** Whether more of a unit is better. */
export function moreIsBetter(unit: Unit): boolean {
  return MORE.includes(unit);
}

/** How many times better ours is than a peer's figure. */
export function ratioOf(unit: Unit, ours: number, peer: number): number {
  return moreIsBetter(unit) ? ours / peer : peer / ours;
}

/** A figure with as many digits as mean something. */
export function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A line as people read it. */
export function textOf({ bench, shape, threads, unit, ours, peer, peerValue, ratio }: Line): string {
  const head = `${bench}  ${shape}, ${threads} thread${threads === 1 ? "" : "s"}: ours ${rounded(ours)}`;
  if (peer === null || peerValue === null || ratio === null) return `${head} ${unit}`;
  return `${head}, ${peer} ${rounded(peerValue)} ${unit}, ratio ${rounded(ratio)}`;
}
