import { addN, mul, sum, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
import { valueAndGrad } from "@refrain/core";
import { type Computed, type GoldenCase, withPrefix } from "./case.ts";

type Tensors = Record<string, Tensor>;

/** The outputs of `compute`, and the gradients of their sum weighted by the case's probes, by the inputs and parameters it has. */
export function differentiate(golden: GoldenCase, compute: (leaves: Tensors) => Tensors): Computed {
  const probes = withPrefix(golden, "probe.");
  const gradients = withPrefix(golden, "grad.");
  const given = { ...withPrefix(golden, "in."), ...withPrefix(golden, "param.") };
  if (Object.keys(gradients).length === 0) return renamed("out", compute(given));
  const leafOf = (name: string) => golden.tensors.get(`param.${name}`) ?? golden.get(`in.${name}`);
  const leaves = Object.fromEntries(Object.keys(gradients).map((name) => [name, leafOf(name)]));
  const result = valueAndGrad((params: Tensors) => {
    const outputs = compute({ ...given, ...params });
    return { value: addN(Object.entries(probes).map(([name, probe]) => sum(mul(outputs[name] as Tensor, probe)))) as Scalar, aside: outputs };
  })(leaves);
  return { ...renamed("out", result.aside), ...renamed("grad", result.gradients) };
}

function renamed(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
}
