/** What may be shown of a text that ends before any of some strings. */
export type UntilStop = {
  /** Takes a piece more. Gives what is certain not to begin one of the strings, and whether one came: nothing follows then. */
  push(piece: string): { readonly text: string; readonly stopped: boolean };
  /** What was held back, when the text ended otherwise. */
  rest(): string;
};

export function untilStop(stops: readonly string[]): UntilStop {
  let held = "";
  return {
    push(piece) {
      held += piece;
      const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
      if (found.length > 0) return { text: held.slice(0, Math.min(...found)), stopped: true };
      const kept = Math.max(0, ...stops.map((stop) => overlap(held, stop)));
      const text = held.slice(0, held.length - kept);
      held = held.slice(held.length - kept);
      return { text, stopped: false };
    },
    rest: () => held,
  };
}

/** How much of the text's end the string begins with. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) if (stop.startsWith(text.slice(text.length - length))) return length;
  return 0;
}
