import { foldIn, type Mode } from "@refrain/core";

/** The mode of the `index`-th part of a layer: in training, each part has a key of its own. */
export function childMode(mode: Mode, index: number): Mode {
  return mode === "inference" ? mode : { training: foldIn(mode.training, index) };
}
