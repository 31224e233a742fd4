import { fillTree, key, named } from "@refrain/core";
import type { CharRnn, CharRnnParams } from "@refrain/models";
import { type Parts, withPrefix } from "../mapping.ts";
import { readDense } from "./dense.ts";
import { recurrentParts } from "./recurrent.ts";

const MODULES = { rnn: "torchRnn", gru: "torchGru", lstm: "torchLstm" } as const;

/** Of a char-rnn; see `torchModel`. */
export function charRnnParts(model: CharRnn): Parts<CharRnnParams> {
  const { cell, tied } = model.config;
  if (cell === "peephole-lstm")
    throw new Error("torchModel: PyTorch's LSTM has no peepholes, but the model's cell is peephole-lstm. Export it to ONNX instead.");
  const cells = recurrentParts(MODULES[cell], {});
  return {
    read(reader) {
      const weight = reader.matrix("embedding.weight", ...reader.sizes("embedding.weight"));
      const [vocabulary] = weight.shape;
      if (tied) reader.copyOf("head.weight", weight);
      const head = tied
        ? { bias: reader.vector("head.bias", vocabulary) }
        : readDense(reader.within("head."), vocabulary, reader.sizes("head.weight")[1], true);
      const read = { embedding: { weight }, cells: cells.read(reader.within(`${cell}.`)), head };
      return fillTree(model.init(key(0)), named(read));
    },
    write: ({ embedding, cells: stack, head }) => ({
      ...withPrefix("embedding.", embedding),
      ...withPrefix(`${cell}.`, cells.write(stack)),
      ...withPrefix("head.", { weight: embedding.weight, ...head }),
    }),
  };
}
