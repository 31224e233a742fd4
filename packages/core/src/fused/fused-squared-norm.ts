import { scalar, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
import { workbench } from "../simd/workbench.ts";

/** The sum of the squares of all numbers of these tensors, added up in f64; undefined where the backend is not `simd`. */
export function fusedSquaredNorm(tensors: readonly Tensor[]): Scalar | undefined {
  const bench = workbench();
  return bench && scalar(tensors.reduce((sum, tensor) => sum + bench.run.sumSquares(tensor.size, bench.at(tensor)), 0));
}
