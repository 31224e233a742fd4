import type { Reader } from "@refrain/sampling";
import type { Session } from "./contract.ts";

/**
 * A session as the reader that searches want (`beamSearch`, `contrastiveSearch`): each place is a session of its own, and the given one stays
 * as it is.
 */
export function readerOf(session: Session): Reader<Session> {
  return {
    read(tokens, from = session) {
      const place = from.fork();
      try {
        let logits: Float32Array | undefined;
        for (const token of tokens) logits = place.feed(token);
        if (!logits) throw new RangeError("readerOf: there must be at least one token to read.");
        return { place, logits: logits.slice(), hidden: place.hidden() };
      } catch (error) {
        place.dispose();
        throw error;
      }
    },
    release: (place) => place.dispose(),
  };
}
