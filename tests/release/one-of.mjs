/** Files of a package's dist, and of other packages all. */
const only = (name, files, ...others) => new RegExp(`^(@refrain/${name}/dist/(${files.join("|")})\\.js$${others.map((other) => `|${other}/`).join("")})`);

/** Of each library one export, and the modules that a bundle of it alone may hold. */
export const ONE_OF = {
  "@refrain/kernels": { export: "supports", holds: only("kernels", ["features"]) },
  "@refrain/safetensors": { export: "readSafetensors", holds: only("safetensors", ["format", "read-safetensors", "shown"]) },
  // One sampler and no other: at a temperature of 0 it is the greedy one.
  "@refrain/sampling": { export: "temperature", holds: only("sampling", ["temperature", "greedy"]) },
  "@refrain/core": { export: "key", holds: /^@refrain\/sampling\/dist\/key\.js$/ },
  "@refrain/attention": { export: "causalMask", holds: only("attention", ["causal-mask", "mask-of"]) },
  "@refrain/cells": {
    export: "rnn",
    holds: only("cells", ["rnn", "parameters", "normalise", "product"], "@refrain/core", "@refrain/kernels", "@refrain/sampling", "pure-rand"),
  },
  "@refrain/data": { export: "splitWords", holds: only("data", ["split-words"]) },
  // Not one line of TensorFlow.js, and no model that is not asked for.
  "@refrain/infer": { export: "generate", holds: only("infer", ["generate", "breathe"]) },
  "@refrain/interop": { export: "huggingFaceTokenizer", holds: only("interop", ["hugging-face-tokenizer"], "@huggingface/tokenizers") },
  "@refrain/losses": { export: "perplexity", holds: only("losses", ["perplexity"]) },
  // A Transformer brings no recurrent cell.
  "@refrain/models": {
    export: "gpt",
    holds: only("models", ["gpt"], "@refrain/core", "@refrain/kernels", "@refrain/sampling", "@refrain/attention", "@refrain/transformer", "pure-rand"),
  },
  "@refrain/train": { export: "constant", holds: only("train", ["constant", "check-config", "warm-up"]) },
  "@refrain/transformer": { export: "feedForward", holds: only("transformer", ["feed-forward"], "@refrain/core", "@refrain/sampling", "pure-rand") },
};
