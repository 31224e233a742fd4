/** Options that several commands have. */
export const backendOption = {
  type: "choice",
  choices: ["auto", "webgpu", "webgl", "simd", "wasm", "cpu"],
  default: "auto",
  description: "where to compute; auto takes a GPU where TensorFlow.js finds one, else our own WASM-SIMD kernels",
} as const;

export const jsonOption = { type: "flag", description: "print JSON lines and nothing else" } as const;

export const samplingOptions = {
  temperature: {
    type: "number",
    min: 0,
    description: "softmax(z / T): under 1 is safer, over 1 bolder, 0 always takes the likeliest character; 0.8 unless --power is given",
  },
  power: { type: "number", min: 0, description: "p^e renormalised, the same as --temperature 1/e" },
  "top-k": { type: "number", whole: true, min: 1, description: "draw from the k likeliest characters only" },
  "top-p": { type: "number", above: 0, max: 1, description: "draw from the fewest likeliest characters whose probabilities sum to p" },
  seed: { type: "number", whole: true, min: 0, max: 4294967295, default: 1, description: "the same seed writes the same text" },
} as const;
