/** The distinct among the indices at `places`, in the order they come first, and for each place which of them it holds. */
export type DistinctRows = { readonly values: Int32Array; readonly slots: Int32Array };

/**
 * Finds the distinct indices into a table of `limit` rows.
 * @throws {RangeError} when an index names no row.
 */
export function distinctRows(indices: Int32Array, places: Int32Array, limit: number): DistinctRows {
  const slotOf = new Int32Array(limit).fill(-1);
  const values: number[] = [];
  const slots = places.map((place) => {
    const index = indices[place] as number;
    if (index < 0 || index >= limit) throw new RangeError(`index ${index} at position ${place} names no row; the table has rows 0 to ${limit - 1}.`);
    if (slotOf[index] === -1) slotOf[index] = values.push(index) - 1;
    return slotOf[index] as number;
  });
  return { values: Int32Array.from(values), slots };
}
