import {
  additive,
  attend,
  attendingDecoder,
  causalMask,
  cosine,
  coverageLoss,
  dot,
  general,
  hadamard,
  learnedPositions,
  locations,
  matrixProduct,
  multiHead,
  type MultiHeadInput,
  paddingMask,
  rotary,
  scaledDot,
  type Score,
} from "@refrain/attention";
import { gru } from "@refrain/cells";
import { key, leaves, type TensorTree } from "@refrain/core";
import { softmax, type Tensor, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { LENGTHS, matrix, numbers, sequences } from "../inputs.ts";
import { operation, type Operation } from "../operation.ts";

const ATTENTION = "@refrain/attention";

/** Queries, keys and values of six features. */
const threeOf = () => ({ query: sequences(6) as Tensor, keys: numbers<Tensor>([3, 4, 6], 8), values: numbers<Tensor>([3, 4, 2], 9) });

const attending = (name: string, score: Score): Operation =>
  operation(ATTENTION, `attend, ${name}`, threeOf, ({ query, keys, values }) => {
    const { output, weights } = attend(query, keys, values, { score, mask: paddingMask(LENGTHS, 4) });
    return [output, weights];
  });

const sizes = { queryFeatures: 6, keyFeatures: 6 };
const similarities = [
  operation(
    ATTENTION,
    "attend, general",
    () => ({ ...threeOf(), params: general(sizes).init(key(1)) as TensorTree }),
    ({ query, keys, values, params }) => attend(query, keys, values, { score: (q, k) => general(sizes).apply(params as never, { query: q, keys: k }) }).output,
  ),
  operation(
    ATTENTION,
    "attend, additive",
    () => ({ ...threeOf(), params: additive({ ...sizes, hidden: 5 }).init(key(1)) as TensorTree }),
    ({ query, keys, values, params }) =>
      attend(query, keys, values, { score: (q, k) => additive({ ...sizes, hidden: 5 }).apply(params as never, { query: q, keys: k }) }).output,
  ),
];

function heads(name: string, config: Partial<Parameters<typeof multiHead>[0]>, input: () => Partial<MultiHeadInput> = () => ({})): Operation {
  const layer = multiHead({ features: 8, heads: 4, ...config });
  return operation(
    ATTENTION,
    `multiHead, ${name}`,
    () => ({ params: layer.init(key(1)) as TensorTree, query: sequences(8) as Tensor }),
    ({ params, query }) => {
      const { output, weights } = layer.apply(params as never, { query: query as Tensor3D, ...input() });
      return weights ? [output, weights] : output;
    },
  );
}

function decoding(name: string, config: Partial<Parameters<typeof attendingDecoder>[1]>, cellInput: number): Operation {
  const layer = attendingDecoder(gru({ input: cellInput, hidden: 6 }), { memoryFeatures: 6, ...config });
  return operation(
    ATTENTION,
    `attendingDecoder, ${name}`,
    () => ({ params: layer.init(key(1)) as TensorTree, x: sequences(5) as Tensor, memory: numbers<Tensor>([3, 4, 6], 8) }),
    ({ params, x, memory }) => {
      const { outputs, weights, state } = layer.apply(params as never, { x: x as Tensor3D, memory: memory as Tensor3D, memoryLengths: LENGTHS });
      return [outputs, weights, ...leaves(state as TensorTree)];
    },
  );
}

export const attention: readonly Operation[] = [
  operation(
    ATTENTION,
    "hadamard",
    () => ({ a: matrix(3, 3), b: numbers<Tensor>([3, 3], 2) }),
    ({ a, b }) => hadamard(a, b),
  ),
  operation(
    ATTENTION,
    "matrixProduct",
    () => ({ a: matrix(3, 3), b: numbers<Tensor>([3, 3], 2) }),
    ({ a, b }) => matrixProduct(a, b),
  ),
  attending("dot", dot),
  attending("scaledDot", scaledDot),
  attending("cosine", cosine),
  ...similarities,
  heads("self-attention", {}),
  heads("its weights", {}, () => ({ weights: true })),
  heads("causal", { causal: true }),
  heads("windowed", { causal: true, window: 2 }),
  heads("padding", {}, () => ({ keyLengths: LENGTHS })),
  heads("a mask", {}, () => ({ mask: causalMask(4) })),
  heads("grouped key/value heads", { keyValueHeads: 2 }),
  heads("rotary positions", { positions: "rotary", causal: true }),
  heads("ALiBi", { positions: "alibi", causal: true }),
  operation(
    ATTENTION,
    "rotary",
    () => ({ x: sequences(6) }),
    ({ x }) => rotary(x),
  ),
  operation(
    ATTENTION,
    "learnedPositions",
    () => learnedPositions({ positions: 6, features: 4 }).init(key(1)),
    (params) => learnedPositions({ positions: 6, features: 4 }).apply(params, { first: 1, count: 3 }),
  ),
  operation(
    ATTENTION,
    "locations of a picture",
    () => ({ x: numbers<Tensor>([2, 3, 3, 4]) }),
    ({ x }) => locations(x as Tensor4D, { positions: "sinusoidal" }),
  ),
  decoding("general", {}, 5),
  decoding("input feeding", { inputFeeding: true }, 11),
  decoding("additive with coverage, query before the step", { similarity: "additive", coverage: true, query: "last" }, 11),
  operation(
    ATTENTION,
    "coverageLoss",
    () => ({ x: sequences(6) as Tensor }),
    ({ x }) => coverageLoss(softmax(x) as Tensor3D),
  ),
];
