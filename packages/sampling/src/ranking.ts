/** The best of what is offered, best first; of equals, the first offered. */
export type Ranking<Item> = {
  /** Takes an item in if its score is among the best. NaN and -Infinity never are. */
  offer(score: number, make: () => Item): void;
  items(): Item[];
};

/** Keeps the `size` best of all items offered. */
export function ranking<Item>(size: number): Ranking<Item> {
  const best: { score: number; item: Item }[] = [];
  return {
    offer(score, make) {
      if (!(score > (best.length < size ? Number.NEGATIVE_INFINITY : (best.at(-1)?.score ?? Number.POSITIVE_INFINITY)))) return;
      const at = best.findLastIndex((other) => other.score >= score) + 1;
      best.splice(at, 0, { score, item: make() });
      if (best.length > size) best.pop();
    },
    items: () => best.map(({ item }) => item),
  };
}
