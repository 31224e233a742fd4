import { gradientReach } from "@refrain/cells";
import { addingProblem } from "@refrain/data";
import { SingleBar } from "cli-progress";
import { setImmediate } from "node:timers/promises";
import { type AddingNet, type AddingParams, addingTensors } from "./adding-net.ts";

export type ReachOptions = {
  readonly length: number;
  readonly batch: number;
  readonly seed: number;
  /** Whether there is a machine at the other end, which wants no bar. */
  readonly json: boolean;
};

/**
 * The norms by distance, of each part of the state, of the gradient of the error in the adding problem; undefined where it was broken off.
 * On a terminal a bar shows how far it is.
 */
export async function reachOf(
  name: string,
  net: AddingNet,
  params: AddingParams,
  { length, batch, seed, json }: ReachOptions,
  signal: AbortSignal,
): Promise<Map<string, number[]> | undefined> {
  const bar =
    process.stderr.isTTY && !json
      ? new SingleBar({ format: `{bar} ${name}  distance {value} of {total}`, hideCursor: true, clearOnComplete: true })
      : undefined;
  const { x, targets } = addingTensors(addingProblem({ batch, time: length }, seed)(0));
  const found = new Map<string, number[]>();
  bar?.start(length, 0);
  try {
    for await (const { distance, norms } of gradientReach(net.cell, params.cell, { x }, (state) => net.error(params, state, targets))) {
      for (const [part, norm] of Object.entries(norms)) {
        const line = found.get(part);
        if (line) line.push(norm);
        else found.set(part, [norm]);
      }
      bar?.update(distance);
      // Lets Ctrl-C come through.
      await setImmediate();
      if (signal.aborted) return undefined;
    }
    return found;
  } finally {
    bar?.stop();
    x.dispose();
    targets.dispose();
  }
}
