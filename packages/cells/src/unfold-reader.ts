import { disposeTree, type TensorTree } from "@refrain/core";
import { tokenStep, type TokenUnfoldConfig, type TokenUnfoldParams } from "./token-step.ts";

/** What has been read. Made and released by its reader. */
type Place = object;

/** Reads tokens one by one. Places are values: one can be read on from many times, until it is released. */
export type UnfoldReader = {
  /**
   * Reads tokens, at least one, from a place on, or from the start. Gives the logits [vocabulary] of the token after them and the cell's
   * last output [hidden], in arrays of the caller's own.
   *
   * @throws {RangeError} when there is no token, or one is not of the vocabulary.
   */
  read(tokens: Iterable<number>, place?: Place): { readonly place: Place; readonly logits: Float32Array; readonly hidden: Float32Array };
  /** Forgets a place. */
  release(place: Place): void;
  /** Forgets all places. */
  dispose(): void;
};

/**
 * The steps of `unfoldTokens`, one sequence at a time, to go on from any of them: what beam search and its like need
 * (`@refrain/losses/sampling`). It starts from a state of one sequence, which stays the caller's and must live as long as the reader; by
 * default it is the cell's own.
 *
 * @throws {RangeError} unless vocabulary is a whole number of at least 1.
 */
export function unfoldReader<P extends TensorTree, S extends TensorTree>(
  config: TokenUnfoldConfig<P, S>,
  params: TokenUnfoldParams<P>,
  state?: S,
): UnfoldReader {
  const { check, step } = tokenStep("unfoldReader", config);
  const states = new Map<Place, S>();
  const keep = (reached: S): Place => {
    const place = {};
    states.set(place, reached);
    return place;
  };
  const release = (place: Place) => {
    const reached = states.get(place);
    if (reached) disposeTree(reached);
    states.delete(place);
  };
  return {
    read(tokens, place) {
      const read = [...tokens];
      if (read.length === 0) throw new RangeError("unfoldReader: there must be at least one token to read.");
      for (const token of read) check("a token", token);
      if (place && !states.has(place)) throw new Error("unfoldReader: the place was released, or is another reader's.");
      let now = place ? states.get(place) : state;
      let logits: Float32Array | undefined, hidden: Float32Array | undefined;
      for (const [i, token] of read.entries()) {
        const next = step(params, now, [token], [true]);
        if (i > 0) disposeTree(now as S);
        now = next.state;
        if (i === read.length - 1) [logits, hidden] = [next.logits, next.hidden].map((tensor) => tensor.dataSync<"float32">().slice());
        disposeTree([next.logits, next.hidden]);
      }
      return { place: keep(now as S), logits: logits as Float32Array, hidden: hidden as Float32Array };
    },
    release,
    dispose: () => [...states.keys()].forEach(release),
  };
}
