import { key } from "@refrain/core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { some } from "@refrain-tests/checks";
import type { AdditiveParams } from "./additive.ts";
import type { AttendingDecoder, AttendingDecoderParams } from "./attending-contract.ts";
import { attendingDecoder } from "./attending-decoder.ts";
import type { AttendingDecoderConfig } from "./attending-decoder-config.ts";
import type { GeneralParams } from "./general.ts";
import { batchOf, type Matrix, matrixOf, plainAffine, plainDot, plainSoftmax, weightedSum } from "./plain.test-helper.ts";
import { type ToyCell, toyCell, type ToyParams, type ToyState } from "./toy-cell.test-helper.ts";

export type ToyDecoder = AttendingDecoder<ToyParams, ToyState>;
export type ToyDecoderParams = AttendingDecoderParams<ToyParams>;

const HIDDEN = 3,
  INPUT = 2;

/** Every option at least once. */
export const DECODERS: readonly (readonly [string, AttendingDecoderConfig])[] = [
  ["general", { memoryFeatures: 4 }],
  ["dot", { memoryFeatures: 3, similarity: "dot" }],
  ["scaled-dot, with input feeding", { memoryFeatures: 3, similarity: "scaled-dot", inputFeeding: true }],
  ["cosine, another width of output", { memoryFeatures: 3, similarity: "cosine", features: 5 }],
  ["additive from the last state", { memoryFeatures: 4, similarity: "additive", hidden: 2, query: "last" }],
  ["additive with coverage", { memoryFeatures: 4, similarity: "additive", coverage: true }],
  ["everything at once", { memoryFeatures: 4, features: 2, similarity: "additive", query: "last", inputFeeding: true, coverage: true }],
];

/** A decoder whose inputs have two features, over a cell that reads as much as is fed to it. */
export function toyDecoder(config: AttendingDecoderConfig, make: (inputSize: number, hiddenSize: number) => ToyCell = toyCell): ToyDecoder {
  const fed = (config.query === "last" ? config.memoryFeatures : 0) + (config.inputFeeding ? (config.features ?? HIDDEN) : 0);
  return attendingDecoder(make(INPUT + fed, HIDDEN), config);
}

export const LENGTHS = [5, 0, 2] as const;

/** Three sequences of four steps, and memories of five items. */
export function decoderInput({ memoryFeatures }: AttendingDecoderConfig, seed = 1): { x: Tensor3D; memory: Tensor3D } {
  return { x: some([3, 4, INPUT], seed) as Tensor3D, memory: some([3, 5, memoryFeatures], seed + 1) as Tensor3D };
}

export function decoderParams(config: AttendingDecoderConfig, seed = 1): ToyDecoderParams {
  return toyDecoder(config).init(key(seed));
}

/** A similarity of one query and one item of the memory, covered as much as it is. */
function plainScore(config: AttendingDecoderConfig, params: ToyDecoderParams, query: number[], item: number[], covered: number): number {
  const length = (x: readonly number[]) => Math.sqrt(plainDot(x, x));
  const { similarity = "general" } = config;
  if (similarity === "dot") return plainDot(query, item);
  if (similarity === "scaled-dot") return plainDot(query, item) / Math.sqrt(query.length);
  if (similarity === "cosine") return length(query) === 0 ? 0 : plainDot(query, item) / (length(query) * length(item));
  if (similarity === "general") return plainDot(weightedSum(query, matrixOf((params.score as GeneralParams).weight)), item);
  const { weightQuery, weightKey, weightScore, weightCoverage } = params.score as AdditiveParams;
  const [asked, offered] = [plainAffine([query], { weight: weightQuery })[0] as number[], plainAffine([item], { weight: weightKey })[0] as number[]];
  const byCoverage = weightCoverage ? [...weightCoverage.dataSync()] : [];
  return plainDot(
    [...weightScore.dataSync()],
    asked.map((value, i) => Math.tanh(value + (offered[i] as number) + (byCoverage[i] ?? 0) * covered)),
  );
}

/** The attending decoder number by number, over the plain cell: outputs [batch][time][features] and weights [batch][time][key]. */
export function plainDecoder(
  config: AttendingDecoderConfig,
  params: ToyDecoderParams,
  { x, memory }: { x: Tensor3D; memory: Tensor3D },
  lengths?: readonly number[],
): { outputs: Matrix[]; weights: Matrix[] } {
  const weights: Matrix[] = [];
  const outputs = batchOf(x).map((steps, b) => {
    const items = batchOf(memory)[b] as Matrix;
    const covered = items.map(() => 0);
    let h = new Array<number>(HIDDEN).fill(0);
    let attended = new Array<number>(config.features ?? HIDDEN).fill(0);
    weights[b] = [];
    const look = (query: number[]) => {
      const found = plainSoftmax(
        items.map((item, j) => plainScore(config, params, query, item, covered[j] as number)),
        (j) => j < (lengths?.[b] ?? items.length),
      );
      weights[b]?.push(found);
      return weightedSum(found, items);
    };
    return steps.map((input) => {
      const before = config.query === "last" ? look(h) : undefined;
      const read = [...input, ...(before ?? []), ...(config.inputFeeding ? attended : [])];
      const [taken, kept] = [plainAffine([read], params.cell.input)[0] as number[], plainAffine([h], params.cell.hidden)[0] as number[]];
      h = taken.map((value, i) => Math.tanh(value + (kept[i] as number)));
      const context = before ?? look(h);
      weights[b]?.at(-1)?.forEach((weight, j) => {
        if (config.coverage) covered[j] = (covered[j] as number) + weight;
      });
      attended = (plainAffine([[...context, ...h]], params.combine)[0] as number[]).map(Math.tanh);
      return attended;
    });
  });
  return { outputs, weights };
}
