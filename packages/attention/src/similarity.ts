import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { affine, type Key } from "@refrain/core";
import { additive, type AdditiveParams } from "./additive.ts";
import { additiveScores } from "./additive-scores.ts";
import type { Score } from "./contract.ts";
import { cosine } from "./cosine.ts";
import { dot } from "./dot.ts";
import { general, type GeneralParams } from "./general.ts";
import { scaledDot } from "./scaled-dot.ts";

/** The similarities that a config can name. */
export type SimilarityName = "dot" | "scaled-dot" | "cosine" | "general" | "additive";

export type SimilarityParams = GeneralParams | AdditiveParams;

type SimilarityConfig = {
  readonly similarity: SimilarityName;
  readonly queryFeatures: number;
  readonly keyFeatures: number;
  /** Units of the additive similarity. */
  readonly hidden: number;
  readonly coverage: boolean;
};

/** A similarity by its name, for a memory that is read many times. */
export type NamedSimilarity = {
  /** Fresh parameters, where the similarity has any. */
  init(key: Key): SimilarityParams | undefined;
  /** What it makes of a memory [batch, key, features] once and for all, where it makes something: [batch, key, ..]. */
  project(params: SimilarityParams | undefined, memory: Tensor3D): Tensor3D | undefined;
  /** Scores of keys that were projected. `coverage` [batch, query, key] */
  scoreOf(params: SimilarityParams | undefined, coverage?: Tensor): Score;
};

const PLAIN = { dot, "scaled-dot": scaledDot, cosine } as const;

/** @throws {TypeError} when there is none of that name. */
export function namedSimilarity({ similarity, queryFeatures, keyFeatures, hidden, coverage }: SimilarityConfig): NamedSimilarity {
  if (similarity === "additive") {
    return {
      init: additive({ queryFeatures, keyFeatures, hidden, coverage }).init,
      project: (params, memory) => affine(memory, { weight: (params as AdditiveParams).weightKey }) as Tensor3D,
      scoreOf: (params, covered) => (query, keys) => additiveScores(params as AdditiveParams, query, keys, covered),
    };
  }
  if (similarity === "general") {
    const layer = general({ queryFeatures, keyFeatures });
    return { init: layer.init, project: () => undefined, scoreOf: (params) => (query, keys) => layer.apply(params as GeneralParams, { query, keys }) };
  }
  if (!Object.hasOwn(PLAIN, similarity))
    throw new TypeError(`the similarity must be dot, scaled-dot, cosine, general or additive, but is ${JSON.stringify(similarity)}.`);
  return { init: () => undefined, project: () => undefined, scoreOf: () => PLAIN[similarity] };
}
