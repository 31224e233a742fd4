import { key, mapTree } from "@refrain/core";
import { add, type Tensor, tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { some } from "@refrain-tests/checks";
import { alibiSlopes } from "@refrain/kernels/nets";
import { multiHead, type MultiHeadInput, type MultiHeadParams } from "./multi-head.ts";
import { checkMultiHead, type MultiHeadConfig } from "./multi-head-config.ts";
import { batchOf, type Matrix, plainAffine, plainDot, plainRotary, plainSoftmax, weightedSum } from "./plain.test-helper.ts";

/** Every option at least once: a config, and what goes in beside the queries. */
export const OPTIONS: readonly (readonly [string, MultiHeadConfig, { lengths?: readonly number[]; memory?: boolean; mask?: readonly number[] }])[] = [
  ["self-attention", { features: 4, heads: 2 }, {}],
  ["without biases", { features: 4, heads: 2, bias: false }, {}],
  ["causal", { features: 4, heads: 2, causal: true }, {}],
  ["in a window", { features: 4, heads: 2, causal: true, window: 2 }, {}],
  ["with grouped key/value heads", { features: 4, heads: 4, keyValueHeads: 2, causal: true }, {}],
  ["with one key/value head", { features: 4, heads: 2, keyValueHeads: 1 }, {}],
  ["with ALiBi", { features: 6, heads: 3, positions: "alibi" }, {}],
  ["with rotary positions", { features: 4, heads: 1, positions: "rotary" }, {}],
  ["with rotary positions by halves", { features: 4, heads: 1, positions: "rotary", rotaryPairs: "half", causal: true }, {}],
  ["over a memory of other features", { features: 4, heads: 2, keyFeatures: 3 }, { memory: true }],
  ["with lengths, one of them 0", { features: 4, heads: 2 }, { lengths: [2, 0] }],
  ["with a mask that hides everything from a query", { features: 4, heads: 2 }, { mask: [1, 0, 1, 0, 0, 0, 1, 1, 1] }],
  [
    "with everything at once",
    { features: 4, heads: 4, keyValueHeads: 2, causal: true, window: 2, positions: "alibi" },
    { lengths: [3, 1], mask: [1, 1, 1, 1, 1, 0, 1, 1, 1] },
  ],
];

/** Parameters in which no bias is 0. */
export function someParams(config: MultiHeadConfig, seed: number): MultiHeadParams {
  const fresh = multiHead(config).init(key(seed));
  return mapTree(fresh, (leaf, path) => (path.endsWith("bias") ? add(leaf, some(leaf.shape, seed + path.length, 0.5)) : leaf));
}

/** What an option puts in, of two sequences of three queries. */
export function optionInput([, config, { lengths, memory, mask }]: (typeof OPTIONS)[number]): MultiHeadInput {
  return {
    query: some([2, 3, config.features], 5) as Tensor3D,
    ...(memory && { memory: some([2, 4, config.keyFeatures as number], 6) as Tensor3D }),
    ...(lengths && { keyLengths: lengths }),
    ...(mask && { mask: tensor(mask as number[], [1, 3, 3]) }),
  };
}

/** Layers of all kinds and what goes into them. */
export const layers: fc.Arbitrary<{ config: MultiHeadConfig; input: () => MultiHeadInput; seed: number }> = fc
  .record({
    groups: fc.integer({ min: 1, max: 2 }),
    perGroup: fc.integer({ min: 1, max: 3 }),
    size: fc.constantFrom(2, 4, 6),
    batch: fc.integer({ min: 1, max: 3 }),
    queries: fc.integer({ min: 1, max: 5 }),
    memory: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    bias: fc.boolean(),
    causal: fc.boolean(),
    window: fc.integer({ min: 0, max: 3 }),
    positions: fc.constantFrom("none" as const, "rotary" as const, "alibi" as const),
    rotaryPairs: fc.constantFrom("interleaved" as const, "half" as const),
    padded: fc.boolean(),
    masked: fc.boolean(),
    seed: fc.nat(999),
  })
  .map(({ groups, perGroup, size, batch, queries, memory, padded, masked, seed, window, ...rest }) => {
    const heads = groups * perGroup;
    const features = heads * size,
      keyFeatures = memory === undefined ? features : 3,
      keys = memory ?? queries;
    const config = { ...rest, features, heads, keyValueHeads: groups, keyFeatures, window: rest.causal ? window : 0 };
    const input = (): MultiHeadInput => ({
      query: some([batch, queries, features], seed) as Tensor3D,
      ...(memory !== undefined && { memory: some([batch, keys, 3], seed + 1) as Tensor3D }),
      ...(padded && { keyLengths: Array.from({ length: batch }, (_, i) => (seed + i) % (keys + 1)) }),
      ...(masked && {
        mask: tensor(
          Float32Array.from(some([batch * queries * keys], seed + 2).dataSync(), (x) => (x > -0.5 ? 1 : 0)),
          [batch, queries, keys],
        ),
      }),
    });
    return { config, input, seed };
  });

/** Multi-head attention number by number: [batch][query][features], and [batch][head][query][key]. */
export function plainMultiHead(config: MultiHeadConfig, params: MultiHeadParams, input: MultiHeadInput): { output: Matrix[]; weights: Matrix[][] } {
  const { features, heads, keyValueHeads, causal, window, positions, rotaryPairs } = checkMultiHead(config);
  const size = features / heads;
  const part = (row: readonly number[], index: number) => row.slice(index * size, (index + 1) * size);
  const turned = (row: readonly number[], place: number) => (positions === "rotary" ? plainRotary(row, place, rotaryPairs) : row);
  const mask = input.mask ? batchOf(input.mask as Tensor) : undefined;
  const memory = batchOf(input.memory ?? input.query);
  const weights: Matrix[][] = [];
  const output = batchOf(input.query).map((queries, b) => {
    const asked = plainAffine(queries, params.query),
      offered = plainAffine(memory[b] as Matrix, params.keyValue);
    const first = offered.length - asked.length; // the place of the first query
    const read = Array.from({ length: heads }, (_, head) => {
      const group = Math.floor((head * keyValueHeads) / heads);
      const slope = positions === "alibi" ? (alibiSlopes(heads)[head] as number) : 0;
      const ofHead = asked.map((row, i) => {
        const scores = offered.map(
          (pair, j) => plainDot(turned(part(row, head), first + i), turned(part(pair, group), j)) / Math.sqrt(size) - slope * Math.abs(first + i - j),
        );
        return plainSoftmax(scores, (j) => {
          const near = !causal || (j <= first + i && (window === 0 || j > first + i - window));
          return near && j < (input.keyLengths?.[b] ?? offered.length) && (mask?.[b] ?? mask?.[0])?.[i]?.[j] !== 0;
        });
      });
      weights[b] = [...(weights[b] ?? []), ofHead];
      return ofHead.map((row) =>
        weightedSum(
          row,
          offered.map((pair) => part(pair, keyValueHeads + group)),
        ),
      );
    });
    return plainAffine(
      asked.map((_, i) => read.flatMap((rows) => rows[i] as number[])),
      params.output,
    );
  });
  return { output, weights };
}
