import { UserError } from "../user-error.ts";
import type { TrainValues } from "./train-options.ts";

/** What a run's folder remembers of the call that began it. */
export type Settings = {
  /** The path of the corpus, and the SHA-256 of its text; "default" is the embedded one. */
  readonly corpus: string;
  readonly hash: string;
  readonly values: TrainValues;
};

/** Options of a call, not of a run: they are what this call says. */
const OF_THE_CALL = ["json", "resume", "out", "threads"];

/** Options that may change when a run goes on: when it ends, where it computes, how it reports. */
const FREE = new Set([...OF_THE_CALL, "steps", "epochs", "minutes", "backend", "report-every", "sample-every", "checkpoint-seconds", "start"]);

/** What of a run's settings outlasts the call that began it. */
export function lasting(settings: Settings): Settings {
  const values = Object.entries(settings.values).filter(([name]) => !OF_THE_CALL.includes(name));
  return { ...settings, values: Object.fromEntries(values) as Settings["values"] };
}

/**
 * The settings of a run that goes on: those it began with, but for the free ones that were given now.
 * @throws {UserError} when an option was given that the run must keep, or the corpus is another.
 */
export function mergeSettings(saved: Settings, now: Settings, given: ReadonlySet<string>): Settings {
  if (now.hash !== saved.hash)
    throw new UserError(
      `the corpus ${now.corpus} is not the text that this run began with (${saved.corpus}). Give the same text, or begin another run with --out.`,
    );
  const was = saved.values as Record<string, unknown>,
    is = now.values as Record<string, unknown>;
  for (const name of given) {
    if (!FREE.has(name) && is[name] !== was[name])
      throw new UserError(
        `this run began with --${name} ${was[name] ?? "(not given)"} and cannot go on with ${is[name]}. Leave --${name} out, or begin another run with --out.`,
        2,
      );
  }
  const ends = ["steps", "epochs", "minutes"];
  const newEnd = ends.some((name) => given.has(name));
  const kept = Object.entries(was).filter(([name]) => !(given.has(name) || OF_THE_CALL.includes(name) || (newEnd && ends.includes(name))));
  const fresh = Object.entries(is).filter(([name]) => given.has(name));
  return { ...saved, values: { ...is, ...Object.fromEntries([...kept, ...fresh]) } as Settings["values"] };
}
