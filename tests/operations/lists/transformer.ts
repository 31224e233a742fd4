import { key, type Layer, type TensorTree } from "@refrain/core";
import { type BlockConfig, decoder, decoderLayer, encoder, encoderDecoder, encoderLayer, feedForward } from "@refrain/transformer";
import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { LENGTHS, numbers, sequences } from "../inputs.ts";
import { operation, type Operation } from "../operation.ts";

const TRANSFORMER = "@refrain/transformer";
/** Smooth, so that differences tell slopes: the kinks of relu lie close in a stack. */
const block = { features: 8, heads: 2, hidden: 12, activation: "gelu" } as const;

/** A layer or stack that reads x, and a memory where it has one. */
function reading<P extends TensorTree>(name: string, layer: Layer<P, never, { readonly x: Tensor3D }>, extra: object = {}): Operation {
  return operation(
    TRANSFORMER,
    name,
    () => ({ params: layer.init(key(1)) as TensorTree, x: sequences(8) as Tensor, memory: numbers<Tensor>([3, 4, 8], 8) }),
    ({ params, x, memory }) => layer.apply(params as P, { x, memory, ...extra } as never).x,
  );
}

const encoding = (name: string, config: Partial<BlockConfig>): Operation => reading(`encoderLayer, ${name}`, encoderLayer({ ...block, ...config }));
const whole = encoderDecoder({ ...block, encoderLayers: 1, decoderLayers: 1 });
const net = feedForward({ features: 8, hidden: 12 });

export const transformer: readonly Operation[] = [
  operation(
    TRANSFORMER,
    "feedForward",
    () => ({ params: net.init(key(1)) as TensorTree, x: sequences(8) as Tensor }),
    ({ params, x }) => net.apply(params as never, x),
  ),
  encoding("pre-norm", {}),
  encoding("post-norm", { order: "post", activation: "relu" }),
  encoding("swiglu and RMS norm", { activation: "swiglu", norm: "rms" }),
  encoding("causal", { causal: true, activation: "gelu-tanh" }),
  reading("encoder", encoder({ ...block, layers: 2 }), { lengths: LENGTHS }),
  reading("decoderLayer", decoderLayer(block), { memoryLengths: LENGTHS }),
  reading("decoder", decoder({ ...block, layers: 2 })),
  operation(
    TRANSFORMER,
    "encoderDecoder",
    () => ({ params: whole.init(key(1)) as TensorTree, source: sequences(8) as Tensor, target: numbers<Tensor>([3, 4, 8], 8) }),
    ({ params, source, target }) => whole.apply(params as never, { source: source as Tensor3D, target: target as Tensor3D, sourceLengths: LENGTHS }).x,
  ),
];
