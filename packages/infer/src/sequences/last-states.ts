import type { Heap } from "@refrain/kernels";
import type { ReadBothWays } from "./both-ways.ts";

/** What the top layer knows of the whole sequence, [2 * hidden]: the forward state after its last step, the backward one after its first. */
export function lastStates(heap: Heap, { states }: ReadBothWays, hidden: number): Float32Array {
  const { forwards, backwards } = states.at(-1) as ReadBothWays["states"][number];
  const both = new Float32Array(2 * hidden);
  both.set(heap.f32(forwards, hidden));
  both.set(heap.f32(backwards, hidden), hidden);
  return both;
}
