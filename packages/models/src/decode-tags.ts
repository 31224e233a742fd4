import { argMax, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { crf } from "@refrain/losses";
import type { Tagger, TaggerParams } from "./tagger.ts";

/** The likeliest tags of each sequence, as many as its length: by Viterbi with a conditional random field, else step by step. `emissions` [batch, time, tags] */
export function decodeTags({ config }: Tagger, { crf: chain }: TaggerParams, emissions: Tensor3D, lengths?: readonly number[]): Int32Array[] {
  if (chain) return crf({ tags: config.tags }).decode(chain, emissions, lengths);
  const [batch, time] = emissions.shape;
  const best = tidy(() => argMax(emissions, -1));
  const values = best.dataSync<"int32">() as Int32Array;
  best.dispose();
  return Array.from({ length: batch }, (_, row) => values.slice(row * time, row * time + (lengths?.[row] ?? time)));
}
