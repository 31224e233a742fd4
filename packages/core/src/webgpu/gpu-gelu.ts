import type { Tensor } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { runEach } from "./run-each.ts";

/** Abramowitz and Stegun 7.1.26: erf to 1.5e-7. The normal distribution Phi, and x Phi'(x) more than it is the slope. */
const BY_ERF = `
fn phi(x : f32) -> f32 {
  let u = abs(x) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.3275911 * u);
  let tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * exp(-u * u);
  return 0.5 * select(2.0 - tail, tail, x < 0.0);
}
fn slope(x : f32) -> f32 { return phi(x) + x * 0.3989422804014327 * exp(-0.5 * x * x); }`;

/** With e = exp(-2 |u|), (1 + tanh u) / 2 is 1 / (1 + e) or e / (1 + e), and (1 - tanh^2 u) / 2 is 2 e / (1 + e)^2, without cancelling. */
const BY_TANH = `
fn bent(x : f32) -> f32 { return x * (0.7978845608028654 + 0.035677408136300125 * x * x); }
fn phi(x : f32) -> f32 {
  let e = exp(-2.0 * abs(bent(x)));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}
fn slope(x : f32) -> f32 {
  let e = exp(-2.0 * abs(bent(x)));
  return phi(x) + x * 2.0 * e / ((1.0 + e) * (1.0 + e)) * (0.7978845608028654 + 3.0 * 0.035677408136300125 * x * x);
}`;

/** GELU of every number on WebGPU, by erf or by tanh: one dispatch, and one for its gradient. */
export function gpuGelu(x: Tensor, byTanh: boolean): Tensor {
  const functions = byTanh ? BY_TANH : BY_ERF;
  const name = `gelu by ${byTanh ? "tanh" : "erf"}`;
  const [y] = customOp({
    inputs: { x },
    forward: () => [runEach(name, "x[index] * phi(x[index])", { x }, x.shape, {}, functions)],
    backward: ([dy]) => ({ x: runEach(`${name}, slope`, "dy[index] * slope(x[index])", { x, dy: dy as Tensor }, x.shape, {}, functions) }),
  });
  return y as Tensor;
}
