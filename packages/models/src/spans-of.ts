import { logSoftmax, tidy } from "@tensorflow/tfjs-core";
import { bestSpan, type ScoredSpan } from "@refrain/sampling";
import type { ReaderOutput } from "./reader.ts";

/** The likeliest span of each passage, of at most `longest` steps, and the logarithm of its probability. */
export function spansOf({ first, last }: Pick<ReaderOutput, "first" | "last">, longest?: number): ScoredSpan[] {
  const [batch, time] = first.shape;
  const [starts, ends] = [first, last].map((logits) => {
    const logs = tidy(() => logSoftmax(logits));
    const values = logs.dataSync<"float32">().slice();
    logs.dispose();
    return values;
  }) as [Float32Array, Float32Array];
  const rowOf = (values: Float32Array, row: number) => values.subarray(row * time, (row + 1) * time);
  return Array.from({ length: batch }, (_, row) => bestSpan(rowOf(starts, row), rowOf(ends, row), longest));
}
