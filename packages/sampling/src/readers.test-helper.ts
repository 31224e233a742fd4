import type { Reader } from "./reader.ts";

/** A place of a toy reader: the text so far. */
type TextPlace = { readonly text: readonly number[] };

/** A reader that keeps account of its places. */
export type ToyReader = Reader<TextPlace> & { held(): number; mostHeld(): number; readings(): number };

/** A reader whose logits, and hidden states if there are any, are functions of the text. */
export function toyReader(logitsOf: (text: readonly number[]) => readonly number[], hiddenOf?: (text: readonly number[]) => readonly number[]): ToyReader {
  const places = new Set<TextPlace>();
  let most = 0,
    readings = 0;
  return {
    read(tokens, place) {
      if (place && !places.has(place)) throw new Error("read on from a place that was released");
      const made = { text: [...(place?.text ?? []), ...tokens] };
      if (made.text.length === (place?.text.length ?? 0)) throw new Error("read no token");
      const reading = { place: made, logits: Float32Array.from(logitsOf(made.text)), ...(hiddenOf && { hidden: Float32Array.from(hiddenOf(made.text)) }) };
      places.add(made);
      most = Math.max(most, places.size);
      readings++;
      return reading;
    },
    release(place) {
      if (!places.delete(place)) throw new Error("released a place twice");
    },
    held: () => places.size,
    mostHeld: () => most,
    readings: () => readings,
  };
}

/** Numbers between -3 and 3 that depend on all of the text: a small model without any order in it. */
export function noise(text: readonly number[], size: number, seed = 0): number[] {
  let state = seed + 1;
  const next = (value: number) => {
    state = Math.imul(state ^ (value + 0x9e3779b9), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
    return state >>> 0;
  };
  for (const token of text) next(token);
  return Array.from({ length: size }, (_, i) => (next(i) / 2 ** 32) * 6 - 3);
}

/** The text that takes the likeliest token at each step, after a prompt. */
export function greedyText(
  logitsOf: (text: readonly number[]) => readonly number[],
  prompt: readonly number[],
  length: number,
  stop: readonly number[] = [],
): number[] {
  const text: number[] = [];
  while (text.length < length && !stop.includes(text.at(-1) ?? -1)) {
    const logits = logitsOf([...prompt, ...text]);
    text.push(logits.indexOf(Math.max(...logits)));
  }
  return text;
}
