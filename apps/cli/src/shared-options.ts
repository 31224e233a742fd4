/** Options that several commands have. */
export const backendOption = {
  type: "choice",
  choices: ["auto", "webgpu", "webgl", "simd", "wasm", "cpu"],
  default: "auto",
  description: "where to compute; auto takes a GPU where TensorFlow.js finds one, else our own WASM-SIMD kernels",
} as const;

export const threadsOption = {
  type: "number",
  whole: true,
  min: 1,
  max: 256,
  description: "threads that share the work of simd; as many as the machine has by default. The results are the same bits",
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
  "min-p": { type: "number", min: 0, max: 1, description: "draw from the characters at least p times as likely as the likeliest" },
  typical: {
    type: "number",
    above: 0,
    max: 1,
    description: "draw from the fewest characters of about the surprise to be expected whose probabilities sum to p",
  },
  "repetition-penalty": {
    type: "number",
    above: 0,
    description: "divide the logits of characters that came before (multiply negative ones); over 1 repeats less. Punctuation is spared, as by the next three",
  },
  "presence-penalty": { type: "number", description: "take so much off the logit of each character that came before, however often" },
  "frequency-penalty": { type: "number", description: "take so much off a character's logit for each time it came before" },
  "no-repeat-ngram": { type: "number", whole: true, min: 1, description: "let no run of so many characters come twice" },
  seed: { type: "number", whole: true, min: 0, max: 4294967295, default: 1, description: "the same seed writes the same text" },
} as const;
