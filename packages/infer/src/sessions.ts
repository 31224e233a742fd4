import type { Heap, Pointer } from "@refrain/kernels";
import { growingBuffers, type Linear } from "@refrain/kernels/nets";
import type { Session } from "./contract.ts";

/** How a model holds the state of a text, and advances it. */
export type StateKeeper<State> = {
  /** The output layer: `matrix` [vocabulary, features]. */
  readonly head: Linear;
  copy(state: State): State;
  free(state: State): void;
  /** The state as numbers, and back. `restore` throws an Error when they are no state of the model's. */
  save(state: State): Float32Array;
  restore(saved: Float32Array): State;
  /** Reads one token more of each text. Gives where what the output layer reads [texts, features] lies, until it is called again. */
  advance(states: readonly State[], tokens: readonly number[]): Pointer;
};

/** A session, and what its model's offer besides. */
type OpenSession<More> = Omit<Session, "fork"> & More & { fork(): OpenSession<More> };

/** All sessions of one model. */
export type Sessions<State, More> = {
  /** Opens a session on a state that is made now; whatever fails on the way leaves nothing behind. */
  open(make: () => State): OpenSession<More>;
  feedEach(sessions: readonly Session[], tokens: readonly number[]): Float32Array[];
  dispose(): void;
};

type Held<State> = { readonly state: State; readonly logits: Float32Array; readonly hidden: Float32Array };

/** Sessions over a keeper of states. @param more what a session offers besides, given what gives its state while it lasts */
export function sessionsOf<State, More extends object = object>(
  heap: Heap,
  keeper: StateKeeper<State>,
  more: (state: () => State) => More = () => ({}) as More,
): Sessions<State, More> {
  const { matrix, bias } = keeper.head;
  const { outputs: vocabulary, inputs: features } = matrix;
  const room = growingBuffers(heap, (texts) => ({ logits: texts * vocabulary }));
  const held = new Map<Session, Held<State>>();
  const find = (session: Session): Held<State> => {
    const found = held.get(session);
    if (!found) throw new Error("this session was disposed of, or is none of this model's. Open another one with the model's `session`.");
    return found;
  };
  const check = (token: number | undefined) => {
    if (!Number.isInteger(token) || (token as number) < 0 || (token as number) >= vocabulary)
      throw new RangeError(`feed: token ${token} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
  };
  const drop = (session: Session) => {
    const own = held.get(session);
    if (held.delete(session) && own) keeper.free(own.state);
  };
  const feed = (sessions: readonly Session[], all: readonly Held<State>[], tokens: readonly number[]) => {
    try {
      const read = keeper.advance(
        all.map(({ state }) => state),
        tokens,
      );
      all.forEach(({ hidden }, text) => hidden.set(heap.f32(read + 4 * text * features, features)));
      const { logits: found } = room.for(all.length);
      matrix.multiply(all.length, read, bias, found);
      all.forEach(({ logits }, text) => logits.set(heap.f32(found + 4 * text * vocabulary, vocabulary)));
    } catch (error) {
      // Memory ended in the middle: what they have read is not known any more.
      sessions.forEach(drop);
      throw error;
    }
  };

  const open = (make: () => State, hidden = new Float32Array(features)): OpenSession<More> => {
    const own: Held<State> = { state: heap.orNothing(make), logits: new Float32Array(vocabulary), hidden };
    const session: OpenSession<More> = {
      ...more(() => find(session).state),
      vocabulary,
      feed(token) {
        find(session);
        check(token);
        feed([session], [own], [token]);
        return own.logits;
      },
      hidden: () => find(session).hidden.slice(),
      save: () => keeper.save(find(session).state),
      fork() {
        const { state } = find(session);
        return open(() => keeper.copy(state), own.hidden.slice());
      },
      dispose: () => drop(session),
    };
    held.set(session, own);
    return session;
  };
  return {
    open: (make) => open(make),
    feedEach(sessions, tokens) {
      const all = sessions.map(find);
      if (tokens.length !== all.length) throw new RangeError(`feedEach: each of the ${all.length} sessions reads one token, but ${tokens.length} are given.`);
      if (new Set(sessions).size !== all.length) throw new Error("feedEach: a session reads one token at a time, but one is given twice.");
      for (const token of tokens) check(token);
      if (all.length > 0) feed(sessions, all, tokens);
      return all.map(({ logits }) => logits);
    },
    dispose() {
      for (const { state } of held.values()) keeper.free(state);
      held.clear();
      room.free();
    },
  };
}
