/** @throws {RangeError} unless each of a config's sizes is a whole number of at least 1. */
export function checkSizes(model: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`${model}: ${name} must be a whole number of at least 1, but is ${size}.`);
}
