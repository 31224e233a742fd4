import type { Tensor } from "@tensorflow/tfjs-core";
import type { Computed, GoldenCase } from "./case.ts";

/** The largest difference, relative to the largest number of the reference. */
const TOLERANCE = { out: 1e-5, grad: 1e-4 };
/** A whole run of training multiplies rounding errors: its losses, norms and weights may differ by this. */
const RUN_TOLERANCE = 1e-4;

/** Outputs that belong to operations not built yet, of cases of which the rest is. */
const LATER = /^out\.(min_p|typical|repetition_penalty)\./;

/** A line for each output and gradient that is missing, has another shape or differs too much. */
export function mismatches(golden: GoldenCase, computed: Computed): string[] {
  const expected = [...golden.tensors].filter(([name]) => /^(out|grad)\./.test(name) && !LATER.test(name));
  if (expected.length === 0) return ["the case has nothing to compare with"];
  return expected.flatMap(([name, want]) => compare(name, want, computed[name], toleranceOf(golden, name)));
}

function toleranceOf({ config }: GoldenCase, name: string): number {
  if (config.op.startsWith("train-")) return RUN_TOLERANCE;
  return name.startsWith("out.") ? TOLERANCE.out : TOLERANCE.grad;
}

function compare(name: string, want: Tensor, got: Tensor | undefined, tolerance: number): string[] {
  if (!got) return [`${name} was not computed`];
  if (got.shape.join() !== want.shape.join()) return [`${name} is [${got.shape}], not [${want.shape}]`];
  const wanted = want.dataSync(),
    values = got.dataSync();
  const scale = Math.max(...wanted.map(Math.abs), Number.MIN_VALUE);
  const error = Math.max(...wanted.map((value, i) => Math.abs((values[i] as number) - value))) / scale;
  return error <= tolerance ? [] : [`${name} differs by ${error.toExponential(2)} of its scale; ${tolerance} is allowed`];
}
