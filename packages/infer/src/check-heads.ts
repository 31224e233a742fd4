type Heads = { readonly features: number; readonly heads: number; readonly keyValueHeads: number };

/** @throws {Error} unless the heads divide the features, and the heads of keys and values the heads. */
export function checkHeads(kind: string, { features, heads, keyValueHeads }: Heads): void {
  if (features % heads !== 0 || heads % keyValueHeads !== 0)
    throw new Error(
      `this model file is damaged: its ${kind} has ${features} features, ${heads} heads and ${keyValueHeads} of keys and values, which do not divide.`,
    );
}
