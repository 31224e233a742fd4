/** What a model has in view, and whether it has forgotten what was before and must read all of this anew. */
export type View = { readonly tokens: number[]; readonly anew: boolean };

/**
 * What a model that sees `context` tokens at once has in view after it read tokens one by one, `before` being in its view already: each
 * time that it is full, it forgets all but the last half of them. Without a limit, which is undefined, nothing needs to be kept.
 */
export function tokensInView(before: readonly number[], added: readonly number[], context: number | undefined): View {
  if (context === undefined) return { tokens: [], anew: false };
  const all = [...before, ...added];
  const beyond = all.length - context;
  if (beyond <= 0) return { tokens: all, anew: false };
  const half = Math.max(1, Math.floor(context / 2));
  // From a half it fills up again, and so on.
  return { tokens: all.slice(-(half + ((beyond - 1) % (context - half + 1)))), anew: true };
}
