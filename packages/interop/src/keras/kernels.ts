import { type Tensor, type Tensor1D, transpose } from "@tensorflow/tfjs-core";
import type { RecurrentParams } from "@refrain/cells";
import type { Reader } from "../reader.ts";
import { refuseOthers } from "../refuse-others.ts";

type Kernels = Pick<RecurrentParams, "weightInput" | "weightHidden">;

/** Keras's kernel [input, gates * hidden] and recurrent_kernel [hidden, gates * hidden] as ours, transposed, the gates in Keras's order. */
export function readKernels(reader: Reader, gates: number): Kernels {
  const [input, columns] = reader.sizes("kernel");
  const hidden = Math.ceil(columns / gates);
  const transposed = (name: string, inputs: number) => transpose(reader.matrix(name, inputs, gates * hidden));
  return { weightInput: transposed("kernel", input), weightHidden: transposed("recurrent_kernel", hidden) };
}

/** The same back. */
export function writeKernels({ weightInput, weightHidden }: Kernels): Record<string, Tensor> {
  return { kernel: transpose(weightInput), recurrent_kernel: transpose(weightHidden) };
}

/** Both biases [gates * hidden], the input's first, or none. @throws {Error} when there is one only, or parameters have other parts. */
export function biasesOf(what: string, params: RecurrentParams): Tensor1D[] {
  refuseOthers(what, params, ["weightInput", "weightHidden", "biasInput", "biasHidden"]);
  const biases = [params.biasInput, params.biasHidden].filter((bias): bias is Tensor1D => bias !== undefined);
  if (biases.length === 1) throw new Error(`${what}: there must be both biases or none, but there is only one.`);
  return biases;
}
