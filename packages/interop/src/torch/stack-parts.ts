import type { NormParams, EncoderLayerParams } from "@refrain/transformer";
import { type Parts, withPrefix } from "../mapping.ts";
import { readLayerNorm, writeLayerNorm } from "./layer-norm.ts";

/** A stack of layers, bottom first, and the norm after the last one where there is one. */
type StackParams<L> = { readonly layers: readonly L[]; readonly norm?: NormParams };

/** Of a stack of Transformer layers: layers.0, layers.1 and so on, and norm. */
export function stackParts<L extends Pick<EncoderLayerParams, "attention">>(what: string, layer: Parts<L>): Parts<StackParams<L>> {
  return {
    read(reader) {
      const layers = Array.from({ length: reader.count("layers.") }, (_, i) => layer.read(reader.within(`layers.${i}.`)));
      const [bottom] = layers as [L];
      const norm = reader.has("norm.weight") && readLayerNorm(reader.within("norm."), bottom.attention.query.weight.shape[0]);
      return { layers, ...(norm && { norm }) };
    },
    write({ layers, norm }) {
      const biased = layers[0]?.attention.output.bias !== undefined;
      return {
        ...Object.assign({}, ...layers.map((params, i) => withPrefix(`layers.${i}.`, layer.write(params)))),
        ...(norm && withPrefix("norm.", writeLayerNorm(what, norm, biased))),
      };
    },
  };
}
