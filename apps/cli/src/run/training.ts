import type { TensorTree } from "@refrain/core";
import type { LanguageModel, TokenLoss } from "@refrain/models";
import type { Budget, Optimizer, Schedule } from "@refrain/train";
import type { Corpus } from "./corpus.ts";
import type { Reporter } from "./reporter.ts";
import type { RunFolder, RunState } from "./run-folder.ts";
import type { Settings } from "./settings.ts";

/** What the options ask for. */
export type Plan = {
  readonly model: LanguageModel;
  readonly optimizer: Optimizer;
  readonly loss: TokenLoss;
  readonly schedule: Schedule;
  readonly budget: Budget;
};

/** All that a run is made of when it begins. */
export type Training = Plan & {
  readonly settings: Settings;
  readonly corpus: Corpus;
  readonly params: TensorTree;
  /** What samples start with. */
  readonly start: string;
  /** The checkpoint that it goes on from. */
  readonly resumed: RunState | undefined;
  readonly run: RunFolder;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** The name of the backend that computes. */
  readonly backend: string;
};
