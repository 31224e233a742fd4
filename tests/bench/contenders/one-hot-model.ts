import { gru, lstm, type LstmParams, recurrence, stack } from "@refrain/cells";
import { affine, type Cell, type TensorTree } from "@refrain/core";
import type { CharRnnParams, GptParams, LanguageModel } from "@refrain/models";
import { encoder } from "@refrain/transformer";
import { add, matMul, oneHot, reshape, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { RecurrentShape, Shape } from "../shapes.ts";
import { modelOf } from "./model-of.ts";

/**
 * Our model of a shape with its embedding as the product with one-hot rows, which TensorFlow.js's WebAssembly backend can train: it has no
 * kernel for the gradient of a gathering.
 */
export function oneHotModel(shape: Shape): LanguageModel {
  const model = modelOf(shape);
  const read = shape.kind === "gpt" ? readerOf(shape) : recurrentReaderOf(shape);
  return {
    ...model,
    apply(params, { tokens }) {
      const { embedding, head } = params as CharRnnParams & GptParams;
      const { weight } = embedding;
      const rows = matMul(reshape(oneHot(tokens, shape.vocabulary), [tokens.size, shape.vocabulary]) as Tensor2D, weight as Tensor2D);
      const hidden = read(params, reshape(rows, [...tokens.shape, weight.shape[1] as number]) as Tensor3D);
      return { logits: affine(hidden, head as NonNullable<typeof head>) as Tensor3D, hidden, state: [] };
    },
  };
}

type Reader = (params: TensorTree, x: Tensor3D) => Tensor3D;

function recurrentReaderOf({ kind, embedding, hidden, layers }: RecurrentShape): Reader {
  const cells = Array.from(
    { length: layers },
    (_, i) => ({ lstm, gru })[kind]({ input: i === 0 ? embedding : hidden, hidden }) as Cell<LstmParams, TensorTree>,
  );
  const layer = recurrence(stack(cells));
  return (params, x) => layer.apply((params as CharRnnParams).cells as LstmParams[], { x }).outputs;
}

function readerOf({ features, heads, layers }: Extract<Shape, { kind: "gpt" }>): Reader {
  const blocks = encoder({ layers, features, heads, causal: true });
  return (params, x) => {
    const { positions, blocks: own } = params as GptParams;
    return blocks.apply(own, { x: add(x, (positions as NonNullable<typeof positions>).weight) as Tensor3D }).x;
  };
}
