import { useBackend } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose } from "@refrain-tests/checks";
import { SEQ2SEQS, seq2seqOf, stirredSeq2seq } from "./seq2seq.test-helper.ts";
import { seq2seqObjective } from "./seq2seq-objective.ts";

describe.each(BACKENDS)("seq2seqObjective on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(SEQ2SEQS)("is the loss of each next token of the target, padding left out: %s", (_, config) => {
    const model = seq2seqOf(config),
      params = stirredSeq2seq(config);
    const batch = {
      rows: 2,
      sourceTime: 3,
      time: 3,
      source: Int32Array.of(1, 2, 3, 4, 5, 0),
      sourceLengths: [3, 2],
      inputs: Int32Array.of(3, 0, 1, 3, 2, 0),
      targets: Int32Array.of(0, 1, 4, 2, 4, -1),
    };
    const { value, aside } = seq2seqObjective(model)(params, batch, "inference");
    const { logits } = model.apply(params, {
      source: tensor2d(
        [
          [1, 2, 3],
          [4, 5, 0],
        ],
        [2, 3],
        "int32",
      ),
      sourceLengths: [3, 2],
      target: tensor2d(
        [
          [3, 0, 1],
          [3, 2, 0],
        ],
        [2, 3],
        "int32",
      ),
    });
    const labels = [0, 1, 4, 2, 4];
    const rows = (logits.arraySync() as number[][][]).flat().slice(0, 5);
    const losses = rows.map((row, i) => Math.log(row.reduce((total, x) => total + Math.exp(x), 0)) - (row[labels[i] as number] as number));
    expectClose(value.dataSync(), [losses.reduce((a, b) => a + b) / 5]);
    expect(aside.total.dataSync()[0]).toBe(5);
    expect(aside.correct.dataSync()[0]).toBe(rows.filter((row, i) => row.indexOf(Math.max(...row)) === labels[i]).length);
    const halved = seq2seqObjective(model, (scores, all) => crossEntropy(scores, all, { smoothing: 0.5 }))(params, batch, "inference").value.dataSync()[0];
    expect(halved).not.toBeCloseTo(value.dataSync()[0] as number, 3);
  });
});
