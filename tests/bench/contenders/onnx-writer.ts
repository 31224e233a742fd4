import type { Sampler } from "@refrain/losses/sampling";
import type { Tensor } from "onnxruntime-web";
import type { Shape } from "../shapes.ts";
import type { OnnxModel } from "./onnx-runtime.ts";

/**
 * Writes the next token at each call. A recurrent model goes on from its state; the file of a GPT has none, so that it reads its text
 * anew, until its context is full and another text begins.
 */
export function onnxWriter({ session, tensor }: OnnxModel, shape: Shape, sampler: Sampler): () => Promise<number> {
  const fields = session.inputNames.filter((name) => name !== "tokens");
  const units = shape.kind === "gpt" ? 0 : shape.hidden;
  const zeros = () => tensor("float32", new Float32Array(shape.layers * units), [shape.layers, 1, units]);
  let state = Object.fromEntries(fields.map((name): [string, Tensor] => [name, zeros()]));
  let text = [0];
  return async () => {
    const found = await session.run({ tokens: tensor("int32", Int32Array.from(text), [1, text.length]), ...state });
    state = Object.fromEntries(fields.map((name) => [name, found[`next_${name}`] as Tensor]));
    const token = sampler((found.logits as Tensor).data.slice(-shape.vocabulary) as Float32Array, text);
    text = shape.kind === "gpt" && text.length < shape.context ? [...text, token] : [token];
    return token;
  };
}
