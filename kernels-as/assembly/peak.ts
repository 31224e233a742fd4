import { horizontalSum, madd } from "./simd";

/**
 * 96 `rounds` multiply-adds (2 FLOP each) that nothing holds up: what this build of the kernels could reach at the very best.
 * For benchmarks: `factor` and `term` are any numbers that keep the sums finite. Returns a number that depends on all of them.
 */
export function peak(rounds: i32, factor: f32, term: f32): f32 {
  const x = f32x4.splat(factor), y = f32x4.splat(term);
  // Different starts, lest the compiler see twelve times the same sum.
  let a = f32x4.splat(0.1), b = f32x4.splat(0.2), c = f32x4.splat(0.3), d = f32x4.splat(0.4), e = f32x4.splat(0.5), f = f32x4.splat(0.6);
  let g = f32x4.splat(0.7), h = f32x4.splat(0.8), i = f32x4.splat(0.9), j = f32x4.splat(1.0), k = f32x4.splat(1.1), l = f32x4.splat(1.2);
  for (let round = 0; round < rounds; round++) {
    a = madd(a, x, y), b = madd(b, x, y), c = madd(c, x, y), d = madd(d, x, y), e = madd(e, x, y), f = madd(f, x, y);
    g = madd(g, x, y), h = madd(h, x, y), i = madd(i, x, y), j = madd(j, x, y), k = madd(k, x, y), l = madd(l, x, y);
    a = madd(a, x, y), b = madd(b, x, y), c = madd(c, x, y), d = madd(d, x, y), e = madd(e, x, y), f = madd(f, x, y);
    g = madd(g, x, y), h = madd(h, x, y), i = madd(i, x, y), j = madd(j, x, y), k = madd(k, x, y), l = madd(l, x, y);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(e, f));
  const high = f32x4.add(f32x4.add(f32x4.add(g, h), f32x4.add(i, j)), f32x4.add(k, l));
  return horizontalSum(f32x4.add(low, high));
}
