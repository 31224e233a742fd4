import type { BackendName } from "@refrain/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Computed, GoldenCase } from "./case.ts";

/** The largest difference allowed, relative to the largest number of the reference. */
type Tolerance = {
  readonly out: number;
  readonly grad: number;
  /** A whole run of training multiplies rounding errors: its losses, norms and weights may differ by this. */
  readonly run: number;
};

const EXACT: Tolerance = { out: 1e-5, grad: 1e-4, run: 1e-4 };
/** GPUs have exponentials and the like of fewer digits. */
const GPU: Tolerance = { out: 1e-3, grad: 1e-3, run: 1e-3 };
const TOLERANCES: Record<BackendName, Tolerance> = { simd: EXACT, cpu: EXACT, wasm: EXACT, webgpu: GPU, webgl: GPU };

/** A line for each output and gradient that is missing, has another shape or differs too much. */
export async function mismatches(golden: GoldenCase, computed: Computed, backend: BackendName): Promise<string[]> {
  const expected = [...golden.tensors].filter(([name]) => /^(out|grad)\./.test(name));
  if (expected.length === 0) return ["the case has nothing to compare with"];
  const tolerance = TOLERANCES[backend];
  const lines = expected.map(([name, want]) => compare(name, want, computed[name], tolerance[kindOf(golden, name)]));
  return (await Promise.all(lines)).flat();
}

function kindOf({ config }: GoldenCase, name: string): keyof Tolerance {
  if (config.op.startsWith("train-")) return "run";
  return name.startsWith("out.") ? "out" : "grad";
}

async function compare(name: string, want: Tensor, got: Tensor | undefined, tolerance: number): Promise<string[]> {
  if (!got) return [`${name} was not computed`];
  if (got.shape.join() !== want.shape.join()) return [`${name} is [${got.shape}], not [${want.shape}]`];
  const [wanted, values] = await Promise.all([want.data(), got.data()]);
  const scale = Math.max(...wanted.map(Math.abs), Number.MIN_VALUE);
  const error = Math.max(...wanted.map((value, i) => Math.abs((values[i] as number) - value))) / scale;
  return error <= tolerance ? [] : [`${name} differs by ${error.toExponential(2)} of its scale; ${tolerance} is allowed`];
}
