import type { Kernels, Pointer } from "@refrain/kernels";
import { recurrentStack } from "@refrain/kernels/nets";
import type { Parameters } from "../parameters.ts";
import { type CellName, kernelOf, recurrentLayer } from "../recurrent-layers.ts";
import type { Lend } from "../with-scratch.ts";

/** What bidirectional layers make of a sequence, in room that was lent. */
export type ReadBothWays = {
  /** [time, 2 * hidden]: of each step, forwards and backwards side by side. */
  readonly outputs: Pointer;
  /** Of each layer, bottom first: where the last states lie, each h [hidden], and of an LSTM c [hidden]. */
  readonly states: readonly { readonly forwards: Pointer; readonly backwards: Pointer }[];
};

/** Bidirectional layers on top of each other. */
export type BothWays = {
  readonly hidden: number;
  /** Whether a state has a cell besides its hidden part. */
  readonly parts: number;
  /** Reads a whole sequence, `x` [time, input]. */
  read(lend: Lend, time: number, x: Pointer): ReadBothWays;
};

export type BothWaysSizes = { readonly cell: CellName; readonly input: number; readonly hidden: number; readonly layers: number };

/** The layers whose weights are at `PATH.0.forwards`, `PATH.0.backwards` and so on. */
export function bothWays(kernels: Kernels, params: Parameters, path: string, { cell, input, hidden, layers }: BothWaysSizes): BothWays {
  const { heap } = kernels;
  const nets: { size: number; forwards: ReturnType<typeof recurrentStack>; backwards: ReturnType<typeof recurrentStack> }[] = [];
  for (let i = 0; i < layers; i++) {
    const size = i === 0 ? input : 2 * hidden;
    const one = (direction: string) =>
      params.own(recurrentStack(kernels, kernelOf(cell), [recurrentLayer(params, `${path}.${i}.${direction}`, cell, size, hidden)]));
    nets.push({ size, forwards: one("forwards"), backwards: one("backwards") });
  }
  return {
    hidden,
    parts: (nets[0]?.forwards.stateSize ?? 0) / hidden,
    read(lend, time, first) {
      let x = first;
      const states = nets.map(({ size, forwards, backwards }) => {
        const outputs = lend(time * 2 * hidden);
        const run = (net: typeof forwards, offset: number, stepAt: (i: number) => number) => {
          const state = lend(net.stateSize);
          heap.f32(state, net.stateSize).fill(0);
          for (let i = 0; i < time; i++) {
            const step = stepAt(i);
            const h = net.advance(x + 4 * step * size, [state]);
            heap.f32(outputs + 4 * (step * 2 * hidden + offset), hidden).set(heap.f32(h, hidden));
          }
          return state;
        };
        const reached = { forwards: run(forwards, 0, (i) => i), backwards: run(backwards, hidden, (i) => time - 1 - i) };
        x = outputs;
        return reached;
      });
      return { outputs: x, states };
    },
  };
}
