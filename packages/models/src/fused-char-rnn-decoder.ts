import { type DecoderReading, type DecoderState, type DecoderWeights, fusedDecoder } from "@refrain/core";
import type { CharRnn, CharRnnParams } from "./char-rnn.ts";
import type { Decoder, Reading } from "./decoder.ts";
import { tokensToRead } from "./tokens-to-read.ts";

/** A decoder of a char-RNN straight on the kernels; undefined where the backend is not `simd`, or has no kernel for the cell. */
export function fusedCharRnnDecoder({ config }: CharRnn, { embedding, cells, head }: CharRnnParams, weights?: DecoderWeights): Decoder | undefined {
  if (config.cell === "peephole-lstm") return undefined;
  const weight = "weight" in head ? head.weight : embedding.weight;
  const made = fusedDecoder(
    {
      kind: config.cell === "rnn" ? "rnn-tanh" : config.cell,
      embedding: embedding.weight,
      layers: cells,
      head: { weight, ...(head.bias && { bias: head.bias }) },
    },
    weights,
  );
  if (!made) return undefined;
  const { read, readEach, release, dispose } = made;
  return {
    read: (tokens, place, into) => readingOf(read(tokensToRead(tokens, config.vocabulary), place as DecoderState | undefined, into)),
    readEach: (steps) => readEach(steps.map(({ token, place }) => ({ token, state: place as DecoderState | undefined }))).map(readingOf),
    release: (place) => release(place as DecoderState),
    dispose,
  };
}

function readingOf(reading: DecoderReading): Reading {
  return {
    place: reading.state,
    logits: reading.logits,
    get hidden() {
      return reading.hidden;
    },
  };
}
