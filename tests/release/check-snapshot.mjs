import assert from "node:assert/strict";
import { command } from "./command.mjs";
import { makeChange } from "./make-change.mjs";

/** Publishes a change that is not released yet as a snapshot: under a tag of its own, with our own packages of just that snapshot. */
export function checkSnapshot(tree, env, latest) {
  makeChange(tree, env, "previewed");
  command(tree, env, "npm", "run", "release:snapshot");
  const view = (name) => JSON.parse(command(tree, env, "npm", "view", name, "--json", "--prefer-online"));
  const { "dist-tags": tags } = view("@refrain/core");
  assert.equal(tags.latest, latest);
  assert.match(tags.snapshot, /^0\.0\.0-/);
  assert.equal(view(`@refrain/core@${tags.snapshot}`).dependencies["@refrain/safetensors"], tags.snapshot);
}
