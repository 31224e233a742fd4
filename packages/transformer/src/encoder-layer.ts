import { type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { multiHead, type MultiHeadOutput, type MultiHeadParams } from "@refrain/attention";
import { type Key, type Layer, split } from "@refrain/core";
import type { BlockConfig, EncoderInput } from "./contract.ts";
import { feedForward, type FeedForwardParams } from "./feed-forward.ts";
import { modeAt } from "./mode-at.ts";
import type { NormParams } from "./norm.ts";
import { residual } from "./residual.ts";
import { wholeLayer } from "./whole-layer.ts";

/** The parameters of one layer of an encoder. */
export type EncoderLayerParams = {
  readonly attentionNorm: NormParams;
  readonly attention: MultiHeadParams;
  readonly feedForwardNorm: NormParams;
  readonly feedForward: FeedForwardParams;
};

/** `past`: what an earlier call gave as `keyValues`, of the places before these. */
export type EncoderLayerInput = EncoderInput & { readonly past?: Tensor3D | undefined };

/** What one layer of an encoder gives. */
export type EncoderLayerOutput = {
  /** [batch, time, features] */
  readonly x: Tensor3D;
  /** For the next call's `past`. In training they may be computed anew each time that they are asked for. */
  readonly keyValues: Tensor3D;
  /** [batch, heads, query, key], where they were asked for. */
  readonly weights?: Tensor | undefined;
};

/**
 * A Transformer's encoder layer (Vaswani et al. 2017, section 3.1): self-attention, then a feed-forward net, each with a residual
 * connection and a norm. With `causal` it is the block of GPT. On `simd` a layer is trained as one operation where its norms are layer norms
 * before its parts, and it has no rotary positions, gate, mask or dropout.
 *
 * @throws {RangeError} when a size does not fit; see `multiHead`.
 */
export function encoderLayer(config: BlockConfig): Layer<EncoderLayerParams, EncoderLayerInput, EncoderLayerOutput> {
  const { features, hidden = 4 * features } = config;
  const attention = multiHead(config);
  const net = feedForward({ ...config, hidden });
  const around = residual(config);
  const whole = wholeLayer(config);
  return {
    kind: "encoder-layer",
    config: { ...(around.config as object), ...(net.config as object), ...(attention.config as object) },
    init(key) {
      const [a, b] = split(key) as [Key, Key];
      return { attentionNorm: around.init(a), attention: attention.init(a), feedForwardNorm: around.init(b), feedForward: net.init(b) };
    },
    apply(params, { x, lengths, mask, past, weights }, mode = "inference") {
      const compose = (): EncoderLayerOutput => {
        let attended = {} as MultiHeadOutput;
        const attend = (query: Tensor3D) => {
          attended = attention.apply(params.attention, { query, keyLengths: lengths, mask, past, weights }, modeAt(mode, 0));
          return attended.output;
        };
        const feed = (input: Tensor3D) => net.apply(params.feedForward, input, modeAt(mode, 1));
        const between = around.apply(params.attentionNorm, { x, part: attend }, modeAt(mode, 2));
        const out = around.apply(params.feedForwardNorm, { x: between, part: feed }, modeAt(mode, 3));
        return { x: out, keyValues: attended.keyValues, weights: attended.weights };
      };
      const plain = mode !== "inference" && !mask && !past && !weights;
      const out = plain ? whole?.(params, x, lengths) : undefined;
      if (!out) return compose();
      return {
        x: out,
        // Nobody reads on from them in training, as a rule.
        get keyValues() {
          return tidy(() => compose().keyValues);
        },
      };
    },
  };
}
