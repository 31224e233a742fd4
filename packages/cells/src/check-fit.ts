/** Features that a part of a stack reads and writes. */
type Sizes = { readonly reads: number; readonly writes: number };

/**
 * Checks parts that shall lie on top of each other, bottom first.
 * @throws {RangeError} when there is none, one does not read what the one below writes, or one above the bottom has a residual
 * connection and does not write as many features as it reads.
 */
export function checkFit(kind: string, part: string, sizes: readonly Sizes[], residual: boolean): void {
  if (sizes.length === 0) throw new RangeError(`${kind}: at least one ${part} must be given.`);
  sizes.forEach(({ reads, writes }, i) => {
    const below = sizes[i - 1];
    if (!below) return;
    if (reads !== below.writes) throw new RangeError(`${kind}: ${part} ${i} reads ${reads} features, but the one below writes ${below.writes}.`);
    if (residual && reads !== writes)
      throw new RangeError(`${kind}: with residuals ${part} ${i} must write the ${reads} features that it reads, but writes ${writes}.`);
  });
}
