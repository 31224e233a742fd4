export { banned } from "./banned.ts";
export { greedy } from "./greedy.ts";
export { power } from "./power.ts";
export type { Filter, Sampler } from "./sampler.ts";
export { samplerOf } from "./sampler-of.ts";
export { softmax } from "./softmax.ts";
export { temperature } from "./temperature.ts";
export { topK } from "./top-k.ts";
export { topP } from "./top-p.ts";
