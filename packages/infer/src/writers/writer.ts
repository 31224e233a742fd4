import type { Kernels } from "@refrain/kernels";
import type { ModelFile } from "../model-file.ts";
import type { Parameters } from "../parameters.ts";
import type { Session } from "../contract.ts";
import { sessionsOf, type StateKeeper } from "../sessions.ts";
import type { Writer, WriterConfig, WriterSession } from "./contract.ts";

/** How a writer reads its input, and keeps the states of what it writes. */
export type WriterNet<Input, State> = StateKeeper<State> & {
  begin(input: Input): State;
  looked(state: State): Float32Array | undefined;
};

/** A writer over its net. */
export function writer<Kind extends string, Input, Config extends WriterConfig, State>(
  { heap }: Kernels,
  { tokenizer, about }: ModelFile,
  params: Parameters,
  kind: Kind,
  config: Config,
  net: WriterNet<Input, State>,
): Writer<Kind, Input, Config> {
  const sessions = sessionsOf(heap, net, (state) => ({ looked: () => net.looked(state) }));
  return {
    kind,
    config,
    tokenizer,
    about,
    session(input) {
      params.alive();
      return sessions.open(net.begin(input)) as WriterSession;
    },
    resume(saved) {
      params.alive();
      return sessions.open(net.restore(saved)) as WriterSession;
    },
    feedEach: (own, tokens) => sessions.feedEach(own as readonly Session[], tokens),
    dispose() {
      sessions.dispose();
      params.free();
    },
  };
}
