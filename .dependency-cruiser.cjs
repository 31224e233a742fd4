// The arrows of the map, checked on what was built: who may import whom. "A <- B" of the design is B: [A] here.
const ARROWS = {
  "kernels-as": [],
  "packages/safetensors": [],
  "packages/sampling": [],
  "packages/core": ["kernels-as", "packages/safetensors", "packages/sampling"],
  "packages/cells": ["packages/core"],
  "packages/losses": ["packages/core", "packages/sampling"],
  "packages/train": ["packages/core"],
  "packages/data": [],
  "packages/infer": ["kernels-as", "packages/safetensors", "packages/sampling", "packages/data"],
  "packages/attention": ["kernels-as", "packages/core"],
  "packages/transformer": ["packages/core", "packages/attention"],
  "packages/models": [
    "kernels-as",
    "packages/safetensors",
    "packages/sampling",
    "packages/core",
    "packages/cells",
    "packages/attention",
    "packages/transformer",
    "packages/losses",
  ],
  "packages/interop": ["packages/core", "packages/cells", "packages/attention", "packages/transformer", "packages/models"],
};
const ROOMS = [...Object.keys(ARROWS), "apps/cli"];

/** The packages' own code, as against what they install. */
const inside = (rooms) => `^(${rooms.join("|")})/(dist|gen|wasm)/`;

module.exports = {
  forbidden: [
    ...Object.entries(ARROWS).map(([room, allowed]) => ({
      name: `${room} imports ${allowed.join(", ") || "no other package"}`,
      severity: "error",
      from: { path: inside([room]) },
      to: { path: inside(ROOMS.filter((other) => other !== room && !allowed.includes(other))) },
    })),
    {
      name: "packages meet at their exports, not by paths",
      severity: "error",
      from: { path: "^((?:packages|apps)/[^/]+|kernels-as)/" },
      to: { path: inside(ROOMS), pathNot: "^$1/", dependencyTypes: ["local"] },
    },
    { name: "no circles", severity: "error", from: {}, to: { circular: true } },
    { name: "everything resolves", severity: "error", from: {}, to: { couldNotResolve: true, pathNot: "^@tensorflow/tfjs-backend-(webgpu|webgl|wasm)$" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.test([.-]helper)?\\.js$" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "default"] },
  },
};
