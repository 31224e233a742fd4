import { slice, type Tensor } from "@tensorflow/tfjs-core";
import type { GoldenCase } from "./case.ts";

/**
 * Of a case in two directions, which is not built yet, what one direction can answer for: the first layer's forward cells. A case of
 * its own with their last state, and with their outputs where there is no layer on top.
 */
export function forwardPart(golden: GoldenCase): GoldenCase | undefined {
  const { op, input_size, hidden_size, num_layers = 1, bias = true, lengths = null, bidirectional } = golden.config;
  if (!bidirectional) return undefined;
  const hidden = hidden_size as number;
  const first = (t: Tensor) => slice(t, [0, 0, 0], [1, -1, -1]);
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of golden.tensors) {
    if (name === "in.x" || (name.startsWith("param.") && name.endsWith("_l0"))) tensors.set(name, tensor);
    if (["in.h0", "in.c0", "out.hn", "out.cn"].includes(name)) tensors.set(name, first(tensor));
    if (name === "out.y" && num_layers === 1) tensors.set(name, slice(tensor, [0, 0, 0], [-1, -1, hidden]));
  }
  return {
    ...golden,
    name: `${golden.name}, first layer forwards`,
    config: { op, input_size, hidden_size, bias, lengths },
    tensors,
    get: (name) => tensors.get(name) ?? golden.get(name),
  } as GoldenCase;
}
