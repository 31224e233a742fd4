// What each package's main entry may weigh, minified and gzipped, with all that it brings but TensorFlow.js and the WASM files: `npm run size`.
import { publishedPackages } from "./scripts/packages.mjs";

/** Some tenth above what they weigh, in kilobytes of 1,000 bytes. */
const CEILINGS = {
  "@refrain/kernels": 3.8,
  "@refrain/attention": 12.5,
  "@refrain/cells": 19.5,
  "@refrain/core": 110,
  "@refrain/data": 6.7,
  "@refrain/infer": 25,
  "@refrain/interop": 45.5,
  "@refrain/losses": 7.4,
  "@refrain/models": 50.5,
  "@refrain/safetensors": 3.1,
  "@refrain/sampling": 5.1,
  "@refrain/train": 7.2,
  "@refrain/transformer": 14,
};

const libraries = publishedPackages().filter(({ manifest }) => manifest.exports);

export default libraries.map(({ folder, manifest: { name } }) => {
  if (!CEILINGS[name]) throw new Error(`.size-limit.mjs: ${name} has no ceiling; give it one, some tenth above what it weighs`);
  return {
    name,
    path: `${folder}/dist/mod.js`,
    limit: `${CEILINGS[name]} kB`,
    gzip: true,
    ignore: ["@tensorflow/*", "node:*"],
    modifyEsbuildConfig: (config) => ({ ...config, format: "esm" }),
  };
});
