import type { Tensor } from "@tensorflow/tfjs-core";

/** Kernels read what they are pointed at. @throws {Error} when a tensor is there and not of the shape that it must have. */
export function checkShape(where: string, name: string, tensor: Tensor | undefined, ...shape: number[]): void {
  if (tensor && tensor.shape.join() !== shape.join()) throw new Error(`${where}: ${name} must be [${shape}], but is [${tensor.shape}].`);
}
