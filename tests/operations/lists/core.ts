import { affine, dense, dropout, embedding, foldIn, gelu, key, layerNorm, rmsNorm, silu } from "@refrain/core";
import { tensor2d } from "@tensorflow/tfjs-core";
import { numbers, sequences } from "../inputs.ts";
import { operation, type Operation } from "../operation.ts";

const CORE = "@refrain/core";
const training = { training: foldIn(key(1), 0) };

export const core: readonly Operation[] = [
  operation(
    CORE,
    "dense",
    () => ({ params: dense({ inputs: 5, outputs: 6 }).init(key(1)), x: sequences() }),
    ({ params, x }) => affine(x, params),
  ),
  operation(
    CORE,
    "embedding",
    () => embedding({ size: 7, width: 5 }).init(key(1)),
    (params) => embedding({ size: 7, width: 5 }).apply(params, tensor2d([1, 0, 6, 1], [2, 2], "int32")),
  ),
  operation(
    CORE,
    "dropout",
    () => ({ x: sequences() }),
    ({ x }) => dropout({ rate: 0.5 }).apply({}, x, training),
  ),
  operation(
    CORE,
    "layerNorm",
    () => ({ weight: numbers([5]), bias: numbers([5], 2), x: sequences() }),
    ({ x, ...params }) => layerNorm({ features: 5 }).apply(params as never, x),
  ),
  operation(
    CORE,
    "rmsNorm",
    () => ({ weight: numbers([5]), x: sequences() }),
    ({ x, weight }) => rmsNorm({ features: 5 }).apply({ weight } as never, x),
  ),
  operation(
    CORE,
    "gelu",
    () => ({ x: sequences() }),
    ({ x }) => gelu(x),
  ),
  operation(
    CORE,
    "gelu, by tanh",
    () => ({ x: sequences() }),
    ({ x }) => gelu(x, { approximate: "tanh" }),
  ),
  operation(
    CORE,
    "silu",
    () => ({ x: sequences() }),
    ({ x }) => silu(x),
  ),
];
