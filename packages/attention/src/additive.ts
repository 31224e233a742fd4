import { type Tensor, type Tensor1D, type Tensor2D, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { affine, type Key, type Layer, split, uniform } from "@refrain/core";
import { additiveScores } from "./additive-scores.ts";
import type { ScoreInput } from "./contract.ts";

/** The weights of an additive similarity. */
export type AdditiveParams = {
  /** [hidden, query features] */
  readonly weightQuery: Tensor2D;
  /** [hidden, key features] */
  readonly weightKey: Tensor2D;
  /** [hidden] */
  readonly weightScore: Tensor1D;
  /** [hidden]: how much a key's coverage counts; only with `coverage`. */
  readonly weightCoverage?: Tensor1D;
};

/** The sizes of an additive similarity. */
export type AdditiveConfig = {
  readonly queryFeatures: number;
  readonly keyFeatures: number;
  /** Units of the layer that compares. */
  readonly hidden: number;
  /** Whether scores take in how much each key was read before (See et al. 2017, eq. 11); they do not by default. */
  readonly coverage?: boolean;
};

/** `coverage` [.., query, key]: how much was read of each key so far. */
export type AdditiveInput = ScoreInput & { readonly coverage?: Tensor };

/**
 * v · tanh(W q + U k) (Bahdanau et al. 2015), with coverage c: v · tanh(W q + U k + w c). Starts uniform in +-1/sqrt(inputs).
 *
 * @throws {Error} when coverage is handed in and not configured, or the other way round.
 */
export function additive({ queryFeatures, keyFeatures, hidden, coverage = false }: AdditiveConfig): Layer<AdditiveParams, AdditiveInput, Tensor> {
  const matrix = (key: Key, inputs: number) => tensor2d(uniform(key, hidden * inputs, -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs)), [hidden, inputs]);
  const vector = (key: Key) => tensor1d(uniform(key, hidden, -1 / Math.sqrt(hidden), 1 / Math.sqrt(hidden)));
  return {
    kind: "additive",
    config: { queryFeatures, keyFeatures, hidden, coverage },
    init(key) {
      const [query, keys, score, covered] = split(key, 4) as [Key, Key, Key, Key];
      return {
        weightQuery: matrix(query, queryFeatures),
        weightKey: matrix(keys, keyFeatures),
        weightScore: vector(score),
        ...(coverage && { weightCoverage: vector(covered) }),
      };
    },
    apply(params, { query, keys, coverage: covered }) {
      if (coverage !== (covered !== undefined))
        throw new Error(`additive: coverage was ${covered ? "" : "not "}given, but the layer was made with coverage: ${coverage}.`);
      return additiveScores(params, query, affine(keys, { weight: params.weightKey }), covered);
    },
  };
}
