import { add, type Tensor, tensor2d, type Tensor2D, type Tensor3D, zerosLike } from "@tensorflow/tfjs-core";
import { learnedPositions, type LearnedPositionsParams, sinusoidal } from "@refrain/attention";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, foldIn, type Key, type Layer, mapTree, normal, split } from "@refrain/core";
import { type Activation, encoder, type EncoderParams, modeAt } from "@refrain/transformer";

/** The sizes of a gpt, and its form. */
export type GptConfig = {
  /** Tokens. */
  readonly vocabulary: number;
  /** The most tokens that it sees at once. */
  readonly context: number;
  /** Features of a token. */
  readonly features: number;
  readonly heads: number;
  readonly layers: number;
  /** Heads that keys and values have; as many as there are heads by default. */
  readonly keyValueHeads?: number;
  /** Features inside the feed-forward nets; 4 * features by default. */
  readonly hidden?: number;
  /** Of the feed-forward nets; gelu by default. */
  readonly activation?: Activation;
  readonly norm?: "layer" | "rms";
  /** How places are told apart; learned by default. */
  readonly positions?: "learned" | "sinusoidal" | "rotary" | "alibi";
  /** Whether projections and feed-forward nets have biases; they do by default. */
  readonly bias?: boolean;
  /** The share that is dropped while training; 0 by default. */
  readonly dropout?: number;
  /** Whether the output layer shares the embedding's weights (Press and Wolf 2017); it does by default, and then has no bias. */
  readonly tied?: boolean;
};

/** The parameters of a gpt. */
export type GptParams = {
  readonly embedding: EmbeddingParams;
  /** Only of learned positions. */
  readonly positions?: LearnedPositionsParams;
  readonly blocks: EncoderParams;
  /** Only where the weights are not tied. */
  readonly head?: DenseParams;
};

/** The keys and values of what was read, one tensor a layer. */
export type GptState = readonly Tensor3D[];

/** What a gpt reads. */
export type GptInput = {
  /** int32 [batch, time] */
  readonly tokens: Tensor2D;
  /** What was read before these tokens; nothing by default. */
  readonly state?: GptState | undefined;
};

/** What a gpt says of each token, and its keys and values. */
export type GptOutput = {
  /** [batch, time, vocabulary]: for each place, of the token after it. */
  readonly logits: Tensor3D;
  /** [batch, time, features]: what the output layer reads. */
  readonly hidden: Tensor3D;
  readonly state: GptState;
};

/** A Transformer that foretells the next token of a text. */
export type Gpt = Layer<GptParams, GptInput, GptOutput> & { readonly kind: "gpt"; readonly config: Required<GptConfig> };

/** How far fresh weights spread (Radford et al. 2019). */
const SPREAD = 0.02;

/**
 * GPT (Radford et al. 2018, 2019): embeddings of tokens and places, a stack of causal Transformer blocks, a last norm, and an output layer
 * that shares the embedding's weights.
 *
 * @throws {RangeError} when a size is not whole and positive, or the heads do not divide the features.
 * @throws {TypeError} when a choice is none of those that there are.
 */
export function gpt(config: GptConfig): Gpt {
  const full = fillUp(config);
  const { vocabulary, context, features, heads, keyValueHeads, layers, hidden, activation, norm, positions, bias, dropout: rate, tied } = full;
  const tokens = embedding({ size: vocabulary, width: features });
  const places = learnedPositions({ positions: context, features });
  const within = positions === "rotary" || positions === "alibi" ? positions : "none";
  const blocks = encoder({ layers, features, heads, keyValueHeads, hidden, activation, norm, bias, dropout: rate, causal: true, positions: within });
  const head = dense({ inputs: features, outputs: vocabulary });
  const drop = dropout({ rate });

  return {
    kind: "gpt",
    config: full,
    init(key) {
      const [a, b, c, d] = split(key, 4) as [Key, Key, Key, Key];
      const fresh = {
        embedding: tokens.init(a),
        ...(positions === "learned" && { positions: places.init(b) }),
        blocks: blocks.init(c),
        ...(!tied && { head: head.init(d) }),
      };
      return spread(fresh, foldIn(key, 4), layers);
    },
    apply(params, { tokens: input, state }, mode = "inference") {
      const first = state?.[0]?.shape[1] ?? 0;
      const count = input.shape[1];
      if (first + count > context) throw new RangeError(`gpt: it sees ${context} tokens at once, but ${first} were read and ${count} more are given.`);
      let x: Tensor = tokens.apply(params.embedding, input);
      if (params.positions) x = add(x, places.apply(params.positions, { first, count }));
      if (positions === "sinusoidal") x = add(x, sinusoidal(count, features, { first }));
      x = drop.apply({}, x, modeAt(mode, 0));
      const read = blocks.apply(params.blocks, { x: x as Tensor3D, past: state }, modeAt(mode, 1));
      const logits = affine(read.x, params.head ?? params.embedding) as Tensor3D;
      return {
        logits,
        hidden: read.x,
        get state() {
          return read.keyValues;
        },
      };
    },
  };
}

/** Every choice made and checked. */
function fillUp(config: GptConfig): Required<GptConfig> {
  const { vocabulary, context, features, heads, layers, positions = "learned" } = config;
  const { keyValueHeads = heads, hidden = 4 * features, activation = "gelu", norm = "layer", bias = true, dropout: rate = 0, tied = true } = config;
  for (const [name, size] of Object.entries({ vocabulary, context, features, heads, layers }))
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`gpt: ${name} must be a whole number of at least 1, but is ${size}.`);
  if (!["learned", "sinusoidal", "rotary", "alibi"].includes(positions))
    throw new TypeError(`gpt: positions must be learned, sinusoidal, rotary or alibi, but is ${JSON.stringify(positions)}.`);
  for (const [name, value, type] of [
    ["bias", bias, "boolean"],
    ["tied", tied, "boolean"],
    ["dropout", rate, "number"],
  ] as const)
    if (typeof value !== type) throw new TypeError(`gpt: ${name} must be a ${type}, but is ${JSON.stringify(value)}.`);
  return { vocabulary, context, features, heads, layers, keyValueHeads, hidden, activation, norm, positions, bias, dropout: rate, tied };
}

/**
 * GPT-2's fresh weights: every matrix normal (0, 0.02), those that write to the residual stream smaller by the root of their number, so
 * that the stream does not grow with the layers; every bias 0.
 */
function spread(params: GptParams, key: Key, layers: number): GptParams {
  let place = 0;
  return mapTree(params, (leaf, path) => {
    if (leaf.rank === 1 && !path.endsWith("bias")) return leaf;
    const writes = path.endsWith("attention.output.weight") || path.endsWith("feedForward.down.weight");
    const deviation = writes ? SPREAD / Math.sqrt(2 * layers) : SPREAD;
    const drawn = leaf.rank === 1 ? zerosLike(leaf) : tensor2d(normal(foldIn(key, place++), leaf.size, 0, deviation), leaf.shape as [number, number]);
    leaf.dispose();
    return drawn;
  });
}
