import { tensor } from "@tensorflow/tfjs-core";
import { type Filter, minP, power, repetitionPenalty, softmax, temperature, topK, topP, typical } from "@refrain/losses/sampling";
import type { Operation } from "./case.ts";

const FILTERS: Record<string, (value: number) => Filter> = {
  temperature,
  power,
  top_k: topK,
  top_p: topP,
  min_p: minP,
  typical,
  repetition_penalty: repetitionPenalty,
};

/** What the filters make of each row: the logits of repetition_penalty, which knows the row's text, else the distribution. */
export const samplingCase: Operation = (golden) => {
  const logits = golden.get("in.logits"),
    previous = golden.get("in.previous");
  const [rows, classes] = logits.shape as [number, number];
  const values = logits.dataSync<"float32">(),
    texts = previous.dataSync<"int32">(),
    length = previous.shape[1] as number;
  const computed = [...golden.tensors.keys()].flatMap((name) => {
    const [, kind, value] = /^out\.([a-z_]+)\.(.+)$/.exec(name) ?? [];
    const make = FILTERS[kind ?? ""];
    if (!make) return [];
    const filter = make(Number(value));
    const filtered = Array.from({ length: rows }, (_, row) => {
      const line = values.slice(row * classes, (row + 1) * classes) as Float32Array;
      filter(line, [...texts.slice(row * length, (row + 1) * length)]);
      return [...(kind === "repetition_penalty" ? line : softmax(line))];
    });
    return [[name, tensor(filtered)] as const];
  });
  return Object.fromEntries(computed);
};
