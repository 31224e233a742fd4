import type { Opponent, Output, Unit } from "../contract.ts";
import { type Peer, PEERS, versionOf } from "../peers.ts";
import type { Contender, Figures } from "./contender.ts";
import { moreIsBetter, ratioOf } from "./line.ts";
import { measure } from "./measure.ts";
import type { Outcome } from "./take-turns.ts";

type Ours = { readonly threads: number; readonly open: () => Promise<Contender> };

export type Theirs = { readonly peer: Opponent; readonly open: () => Promise<Contender> };

export type Comparison = {
  readonly bench: string;
  readonly shape: string;
  readonly unit: Unit;
  /** The best of these counts. */
  readonly ours: readonly Ours[];
  /** The best of each peer's counts: of different numbers of threads, say. */
  readonly theirs: readonly Theirs[];
  /** The figure of a turn; its `value` by default. */
  readonly figure?: (figures: Figures) => number;
  /** Turns that count. */
  readonly rounds?: number;
};

/** A side and its figure, or why there is none. */
type Measured<Side> = { readonly side: Side; readonly value: number } | { readonly side: Side; readonly error: Error };

/**
 * Measures ours and the peers in turns and tells a line for each peer, and a note for each that is not installed or cannot do it.
 *
 * @throws {Error} when ours cannot do it.
 */
export async function compare(comparison: Comparison, output: Output): Promise<void> {
  const { bench, shape, unit, ours, theirs, figure = ({ value }) => value as number, rounds } = comparison;
  const installed = theirs.filter(({ peer }) => isInstalled(peer));
  const outcomes = await measure(
    [...ours, ...installed].map(({ open }) => open),
    rounds,
  );
  const measured = <Side>(side: Side, i: number): Measured<Side> => {
    const outcome = outcomes[i] as Outcome;
    return outcome instanceof Error ? { side, error: outcome } : { side, value: figure(outcome) };
  };
  const our = best(unit, ours.map(measured));
  if ("error" in our) throw new Error(`${bench} ${shape}: ours cannot be measured: ${our.error.message}`, { cause: our.error });
  const all = installed.map((side, i) => measured(side, ours.length + i));
  for (const peer of new Set(theirs.map((side) => side.peer))) {
    if (!isInstalled(peer)) {
      output.note(`${bench}  ${shape}: ${peer} is not installed`);
      continue;
    }
    const its = best(
      unit,
      all.filter(({ side }) => side.peer === peer),
    );
    if ("error" in its) output.note(`${bench}  ${shape}: ${peer} cannot be measured: ${its.error.message}`);
    else {
      const ratio = ratioOf(unit, our.value, its.value);
      output.line({ bench, shape, threads: our.side.threads, unit, ours: our.value, peer, peerValue: its.value, ratio });
    }
  }
}

function isInstalled(opponent: Opponent): boolean {
  return !PEERS.includes(opponent as Peer) || versionOf(opponent as Peer) !== undefined;
}

/** The one with the best figure; where none has one, any. */
function best<Side>(unit: Unit, entries: readonly Measured<Side>[]): Measured<Side> {
  const better = (a: number, b: number) => (moreIsBetter(unit) ? a > b : a < b);
  return entries.reduce((kept, next) => ("error" in next ? kept : "error" in kept || better(next.value, kept.value) ? next : kept));
}
