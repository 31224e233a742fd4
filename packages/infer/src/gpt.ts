import { alibiSlopes, rotaryTurn, sinusoids, transformerStack } from "@refrain/kernels/nets";
import { blockLayers } from "./block-weights.ts";
import type { LanguageModel } from "./contract.ts";
import { gptKeeper } from "./gpt-keeper.ts";
import { languageModel } from "./language-model.ts";
import { normAt } from "./norm-at.ts";
import type { Maker } from "./make-model.ts";
import { settingsOf } from "./settings.ts";
import { checkHeads } from "./check-heads.ts";

const EPSILON = 1e-5;

/** GPT: embeddings of tokens and places, causal Transformer layers with norms before their parts, a last norm, an output layer. */
export const gpt: Maker<LanguageModel> = (kernels, file, params) => {
  const { size, choice, flag } = settingsOf("gpt", file.config);
  const [vocabulary, context, features, heads, layers] = [size("vocabulary"), size("context"), size("features"), size("heads"), size("layers")];
  const keyValueHeads = size("keyValueHeads", heads);
  const positions = choice("positions", ["learned", "sinusoidal", "rotary", "alibi"], "learned");
  checkHeads("gpt", { features, heads, keyValueHeads });
  if (positions === "rotary") checkEven("a head's features", features / heads);
  if (positions === "sinusoidal") checkEven("features", features);
  const sizes = {
    ...{ features, heads, keyValueHeads },
    inner: size("hidden", 4 * features),
    norm: choice("norm", ["layer", "rms"], "layer"),
    activation: choice("activation", ["relu", "gelu", "gelu-tanh", "swiglu"], "gelu"),
    turned: positions === "rotary",
  } as const;
  const table = params.table("embedding.weight", vocabulary, features);
  const learned = positions === "learned" ? params.floats("positions.weight", context, features) : undefined;
  const blocks = blockLayers(kernels, params, "blocks.layers", layers, sizes);
  const finalNorm = normAt(params, "blocks.norm", features, sizes.norm);
  const head = flag("tied", true) ? { matrix: params.matrix("embedding.weight", vocabulary, features), bias: 0 } : params.linear("head", vocabulary, features);
  const placeOf = (place: number): Float32Array => learned?.subarray(place * features, (place + 1) * features) ?? sinusoids(1, features, { first: place });
  const locate = (own: Float32Array, place: number) => {
    const added = placeOf(place);
    for (let i = 0; i < features; i++) own[i] = (own[i] as number) + (added[i] as number);
  };
  const stack = params.own(
    transformerStack(
      kernels,
      {
        ...sizes,
        ...{ epsilon: EPSILON, order: "pre", causal: true },
        turn: positions === "rotary" ? rotaryTurn(features / heads) : undefined,
        slopes: positions === "alibi" ? alibiSlopes(heads) : undefined,
      },
      blocks,
      finalNorm,
    ),
  );
  const located = positions === "learned" || positions === "sinusoidal";
  const keeper = params.own(gptKeeper(kernels, { stack, layers, context, features, table, locate: located ? locate : undefined, head }));
  return languageModel(kernels, file, params, keeper, { vocabulary, context });
};

function checkEven(what: string, count: number): void {
  if (count % 2 !== 0) throw new Error(`this model file is damaged: its positions need even ${what}, but they are ${count}.`);
}
