/** A seed for whoever names none. */
export const randomSeed = (): number => (crypto.getRandomValues(new Uint32Array(1)) as Uint32Array<ArrayBuffer>)[0] as number;
