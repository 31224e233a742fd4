import type { TensorTree } from "@refrain/core";
import type { Batch } from "@refrain/data";
import type { LanguageModel } from "@refrain/models";
import { SingleBar } from "cli-progress";
import { measure } from "./measure.ts";

type LossesOptions = {
  /** How many characters the windows foretell, each time. */
  readonly characters: number;
  /** Whether there is a machine at the other end, which wants no bar. */
  readonly json: boolean;
};

/** The losses, in nats per character, of a model with one set of parameters after the other, over the same windows. On a terminal a bar shows how far it is. */
export async function lossesOf<const T extends readonly TensorTree[]>(
  model: LanguageModel,
  all: T,
  windows: () => Iterable<Batch>,
  { characters, json }: LossesOptions,
): Promise<{ [K in keyof T]: number }> {
  const bar =
    process.stderr.isTTY && !json
      ? new SingleBar({ format: "{bar} measuring  {value} of {total} characters", hideCursor: true, clearOnComplete: true })
      : undefined;
  function* watched(): Generator<Batch> {
    for (const batch of windows()) {
      yield batch;
      bar?.increment(batch.count);
    }
  }
  bar?.start(all.length * characters, 0);
  try {
    const losses: number[] = [];
    for (const params of all) losses.push((await measure(model, params, watched())).loss);
    return losses as { [K in keyof T]: number };
  } finally {
    bar?.stop();
  }
}
