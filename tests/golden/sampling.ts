import { tensor } from "@tensorflow/tfjs-core";
import { type Filter, power, softmax, temperature, topK, topP } from "@refrain/losses/sampling";
import type { Operation } from "./case.ts";

const FILTERS: Record<string, (value: number) => Filter> = { temperature, power, top_k: topK, top_p: topP };

/** The distributions of the filters that there are; the case has more, which are checked once they are built. */
export const samplingCase: Operation = (golden) => {
  const logits = golden.get("in.logits");
  const [rows, classes] = logits.shape as [number, number];
  const computed = [...golden.tensors.keys()].flatMap((name) => {
    const [, kind, value] = /^out\.([a-z_]+)\.(.+)$/.exec(name) ?? [];
    const make = FILTERS[kind ?? ""];
    if (!make) return [];
    const filter = make(Number(value));
    const probabilities = Array.from({ length: rows }, (_, row) => {
      const line = (logits.dataSync() as Float32Array).slice(row * classes, (row + 1) * classes);
      filter(line);
      return [...softmax(line)];
    });
    return [[name, tensor(probabilities)] as const];
  });
  return Object.fromEntries(computed);
};
