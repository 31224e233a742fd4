import { foldIn, type Mode } from "@refrain/core";

/** The mode for one part of a layer: with a key of its own while training. */
export function modeAt(mode: Mode, place: number): Mode {
  return mode === "inference" ? mode : { training: foldIn(mode.training, place) };
}
