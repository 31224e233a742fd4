import { fillTree, key, named } from "@refrain/core";
import type { Gpt, GptParams } from "@refrain/models";
import { type Parts, withPrefix } from "../mapping.ts";
import { readDense } from "./dense.ts";
import { encoderParts } from "./torch-encoder.ts";

/** Of a gpt; see `torchModel`. */
export function gptParts(model: Gpt): Parts<GptParams> {
  const { positions, tied } = model.config;
  if (positions === "rotary") throw new Error("torchModel: PyTorch's layers have no rotary positions, but the model has. Export it to ONNX instead.");
  return {
    read(reader) {
      const weight = reader.matrix("token.weight", ...reader.sizes("token.weight"));
      const [vocabulary, features] = weight.shape;
      if (tied) reader.copyOf("head.weight", weight);
      const learned = positions === "learned" && reader.matrix("position.weight", reader.sizes("position.weight")[0], features);
      const read = {
        embedding: { weight },
        ...(learned && { positions: { weight: learned } }),
        blocks: encoderParts.read(reader.within("blocks.")),
        ...(!tied && { head: readDense(reader.within("head."), vocabulary, features, true) }),
      };
      return fillTree(model.init(key(0)), named(read));
    },
    write: ({ embedding, positions: learned, blocks, head }) => ({
      ...withPrefix("token.", embedding),
      ...(learned && withPrefix("position.", learned)),
      ...withPrefix("blocks.", encoderParts.write(blocks)),
      ...withPrefix("head.", head ?? embedding),
    }),
  };
}
