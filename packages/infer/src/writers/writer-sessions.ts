import type { Kernels } from "@refrain/kernels";
import type { Session } from "../contract.ts";
import type { Parameters } from "../parameters.ts";
import { sessionsOf, type StateKeeper } from "../sessions.ts";
import type { WriterSessions } from "./contract.ts";

/** How a writer reads its input, and keeps the states of what it writes. */
export type WriterNet<Input, State> = StateKeeper<State> & {
  begin(input: Input): State;
  looked(state: State): Float32Array | undefined;
};

/** The sessions of a writer's net, and the end of it and of them. */
export function writerSessions<Input, State>({ heap }: Kernels, params: Parameters, net: WriterNet<Input, State>): WriterSessions<Input> & { dispose(): void } {
  const sessions = params.own(sessionsOf(heap, net, (state) => ({ looked: () => net.looked(state()) })));
  return {
    session(input) {
      params.alive();
      return sessions.open(() => net.begin(input));
    },
    resume(saved) {
      params.alive();
      return sessions.open(() => net.restore(saved));
    },
    feedEach: (own, tokens) => sessions.feedEach(own as readonly Session[], tokens),
    dispose: params.free,
  };
}
