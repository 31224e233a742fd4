import { add, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { dropout, type Layer, type Mode } from "@refrain/core";
import type { BlockConfig } from "./contract.ts";
import { modeAt } from "./mode-at.ts";
import { normOf, type NormParams } from "./norm.ts";

/** A part of a block with its norm and its residual connection. */
export type Residual = Layer<NormParams, { readonly x: Tensor3D; readonly part: (x: Tensor3D) => Tensor }, Tensor3D>;

/** x + part(norm(x)) where the norm stands before ("pre"), norm(x + part(x)) where it stands after ("post"); what the part gives is dropped in training. */
export function residual({ features, order = "pre", norm = "layer", epsilon = 1e-5, dropout: rate = 0 }: BlockConfig): Residual {
  if (order !== "pre" && order !== "post") throw new TypeError(`the order must be "pre" or "post", but is ${JSON.stringify(order)}.`);
  const normal = normOf(norm, features, epsilon);
  const drop = dropout({ rate });
  return {
    kind: "residual",
    config: { features, order, norm, epsilon, dropout: rate },
    init: (key) => normal.init(key),
    apply(params, { x, part }, mode: Mode = "inference") {
      const partOf = (input: Tensor) => drop.apply({}, part(input as Tensor3D), modeAt(mode, 0));
      return (order === "pre" ? add(x, partOf(normal.apply(params, x))) : normal.apply(params, add(x, partOf(x)))) as Tensor3D;
    },
  };
}
