import { gradientReach, rnn } from "@refrain/cells";
import { disposeTree } from "@refrain/core";
import { ones, type Scalar, sum, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";

/** What the lesson names: a weight, and its hundredth power. */
const LESSON = [
  { weight: 0.99, expected: "0.3660" },
  { weight: 1.01, expected: "2.7048" },
] as const;
const STEPS = 100;

export type Check = { readonly weight: number; readonly steps: number; readonly norm: number };

/**
 * The study's first check: the gradient of one relu unit that multiplies its own state by 0.99, and by 1.01, over a hundred steps.
 *
 * @throws {Error} when it is not the lesson's 0.3660 and 2.7048.
 */
export async function firstCheck(): Promise<Check[]> {
  const cell = rnn({ input: 1, hidden: 1, bias: false, nonlinearity: "relu" });
  const checks: Check[] = [];
  for (const { weight, expected } of LESSON) {
    // Inputs of 1 keep the state positive, where a relu's slope is 1.
    const params = { weightInput: tensor2d([[1]]), weightHidden: tensor2d([[weight]]) },
      x: Tensor3D = ones([1, STEPS, 1]);
    for await (const { distance, norms } of gradientReach(cell, params, { x }, ({ h }) => sum(h) as Scalar))
      if (distance === STEPS) checks.push({ weight, steps: STEPS, norm: norms.h as number });
    disposeTree([params, x]);
    const found = checks.at(-1)?.norm.toFixed(expected.length - 2);
    if (found !== expected) throw new Error(`the study's first check failed: ${weight}^${STEPS} came out as ${found}, not ${expected}. Please report this.`);
  }
  return checks;
}
