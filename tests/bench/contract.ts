import type { Peer } from "./peers.ts";

/** What ours is compared with: a peer, or ourselves on one thread, with one text, composed of TensorFlow.js's operations, or in Node. */
export type Opponent = Peer | "one thread" | "one text" | "composed" | "Node";

/** More is better of some, less of the others: see `moreIsBetter`. */
export type Unit = "GFLOP/s" | "tokens/s" | "ms" | "µs" | "MB" | "KB" | "exponent" | "dispatches";

/** One comparison, as `--json` prints it; a figure that stands alone has no peer, no value of it and no ratio. */
export type Line = {
  readonly bench: string;
  readonly shape: string;
  /** Threads that ours used. */
  readonly threads: number;
  readonly unit: Unit;
  readonly ours: number;
  readonly peer: Opponent | null;
  readonly peerValue: number | null;
  /** How many times better ours is: above 1 it is better, also where less is better. */
  readonly ratio: number | null;
};

/** Where a benchmark tells what it found. */
export type Output = {
  line(line: Line): void;
  /** What there is no figure for, and why. */
  note(text: string): void;
};

export type Settings = {
  /** Threads, where they were asked for. */
  readonly threads: number | undefined;
};

export type Bench = (settings: Settings, output: Output) => Promise<void>;
