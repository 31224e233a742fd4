import { tidy } from "@tensorflow/tfjs-core";
import type { Json, TensorTree } from "@refrain/core";
import type { CharRnn, CharRnnParams, Gpt, GptParams, LanguageModel } from "@refrain/models";
import proto, { type onnx } from "onnx-proto";
import { charRnnGraph } from "./char-rnn-graph.ts";
import type { Graph } from "./graph.ts";
import { gptGraph } from "./gpt-graph.ts";

/** What else is to stand in the file's metadata, as JSON. */
export type OnnxMetadata = {
  /** What the tokenizer's toJSON gave. */
  readonly tokenizer?: Json;
  /** Whatever else belongs to the model. */
  readonly about?: Json;
};

/** Layer normalization came with opset 17, whose files are of IR version 8: ONNX 1.12, of 2022. */
const OPSET = 17,
  IR_VERSION = 8;

/**
 * A model as the bytes of an ONNX file, for inference. Batch and time may be any; names of inputs and outputs:
 *
 * - all models: tokens int32 [batch, time] to logits [batch, time, vocabulary];
 * - char-rnn: the state before the tokens to that after them, h to next_h, and of LSTMs c to next_c: [layers, batch, hidden];
 * - gpt: no state; the tokens are all that there are, at most its context.
 *
 * The metadata holds the model's config, and what is given. The parameters stay the caller's.
 */
export function toOnnx<P extends TensorTree>(model: LanguageModel<P>, params: P, metadata: OnnxMetadata = {}): Uint8Array<ArrayBuffer> {
  const { kind, config } = model;
  const entries = Object.entries({ model: { kind, config }, ...metadata }).filter(([, value]) => value !== undefined);
  const file: onnx.IModelProto = {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: "", version: OPSET }],
    producerName: "refrain",
    metadataProps: entries.map(([key, value]) => ({ key, value: JSON.stringify(value) })),
  };
  // Not returned through tidy, which would look for tensors in every byte.
  tidy(() => {
    file.graph = graphOf(model as LanguageModel, params).finish(kind);
  });
  return new Uint8Array(proto.onnx.ModelProto.encode(file).finish());
}

function graphOf(model: LanguageModel, params: TensorTree): Graph {
  switch (model.kind) {
    case "char-rnn":
      return charRnnGraph(model as CharRnn, params as CharRnnParams);
    case "gpt":
      return gptGraph(model as Gpt, params as GptParams);
    default:
      throw new TypeError(`toOnnx: char-rnn and gpt can be exported, but the model is of the kind ${JSON.stringify(model.kind)}.`);
  }
}
