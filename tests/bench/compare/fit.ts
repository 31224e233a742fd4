/** Pairs of what was varied and what came of it, both positive. */
export type Points = readonly (readonly [x: number, y: number])[];

/** The exponent p of y = b xᵖ: the slope of the straight line through the logarithms, by least squares. */
export function exponentOf(points: Points): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (pick: 0 | 1) => logs.reduce((sum, pair) => sum + pair[pick], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** Largest exponent that is tried, and the step from one to the next. */
const LARGEST = 3,
  STEP = 0.01;

/**
 * The exponent p of y = a + b xᵖ with a and b of at least 0: how y grows beyond what it always comes to. By least squares of the
 * relative errors, and trying out exponents.
 */
export function growthOf(points: Points): number {
  let best = { exponent: 0, error: Number.POSITIVE_INFINITY };
  for (let i = 1; i <= LARGEST / STEP; i++) {
    const exponent = i * STEP;
    const error = errorWith(points.map(([x, y]) => [x ** exponent, y]));
    if (error < best.error) best = { exponent, error };
  }
  return best.exponent;
}

/** The squared relative errors that the best a + b x leaves. */
function errorWith(points: Points): number {
  // (a + b x) / y should be 1: a sum of squares that is least where its derivatives by a and b vanish.
  const sum = (term: (x: number, y: number) => number) => points.reduce((total, [x, y]) => total + term(x, y), 0);
  const [aa, ab, bb] = [sum((_, y) => 1 / y ** 2), sum((x, y) => x / y ** 2), sum((x, y) => (x / y) ** 2)];
  const [a1, b1] = [sum((_, y) => 1 / y), sum((x, y) => x / y)];
  const determinant = aa * bb - ab * ab;
  let [a, b] = [(a1 * bb - b1 * ab) / determinant, (b1 * aa - a1 * ab) / determinant];
  if (!(a >= 0)) [a, b] = [0, b1 / bb];
  if (!(b >= 0)) [a, b] = [a1 / aa, 0];
  return sum((x, y) => ((a + b * x) / y - 1) ** 2);
}
