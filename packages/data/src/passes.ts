import { uniformInt } from "pure-rand/distribution/uniformInt";
import type { randomOfStep } from "./random-of-step.ts";

type Random = ReturnType<ReturnType<typeof randomOfStep>>;

/**
 * A function from step numbers to batches of items. Each pass of ceil(items / batch) steps has every item once, in an order of its own:
 * shuffled, arranged, cut into batches, the batches shuffled. `randomOf` gives each pass its numbers.
 */
export function passes<T>(
  items: readonly T[],
  batch: number,
  randomOf: (pass: number) => Random,
  arrange: (shuffled: T[]) => T[],
): (step: number) => readonly T[] {
  const steps = Math.ceil(items.length / batch);
  const batchesOf = (pass: number) => {
    const random = randomOf(pass);
    const order = arrange(shuffled(items, random));
    return shuffled(
      Array.from({ length: steps }, (_, i) => order.slice(i * batch, (i + 1) * batch)),
      random,
    );
  };
  // The order of a pass is worked out once, not at each of its steps.
  let known = { pass: 0, batches: batchesOf(0) };
  return (step) => {
    const pass = Math.floor(step / steps);
    if (pass !== known.pass) known = { pass, batches: batchesOf(pass) };
    return known.batches[step - pass * steps] as readonly T[];
  };
}

/** In an order by chance (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const other = uniformInt(random, 0, i);
    [order[i], order[other]] = [order[other] as T, order[i] as T];
  }
  return order;
}
