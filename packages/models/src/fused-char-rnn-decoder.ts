import { type DecoderState, fusedDecoder } from "@refrain/core";
import type { CharRnn, CharRnnParams } from "./char-rnn.ts";
import type { Decoder } from "./decoder.ts";
import { tokensToRead } from "./tokens-to-read.ts";

/** A decoder of a char-RNN straight on the kernels; undefined where the backend is not `simd`, or has no kernel for the cell. */
export function fusedCharRnnDecoder({ config }: CharRnn, { embedding, cells, head }: CharRnnParams): Decoder | undefined {
  if (config.cell === "peephole-lstm") return undefined;
  const weight = "weight" in head ? head.weight : embedding.weight;
  const made = fusedDecoder({
    kind: config.cell === "rnn" ? "rnn-tanh" : config.cell,
    embedding: embedding.weight,
    layers: cells,
    head: { weight, ...(head.bias && { bias: head.bias }) },
  });
  if (!made) return undefined;
  const { read, release, dispose } = made;
  return {
    read(tokens, place) {
      const [first, ...rest] = tokensToRead(tokens, config.vocabulary);
      const last = rest.reduce(
        (reading, token) => {
          const next = read(token, reading.state);
          release(reading.state);
          return next;
        },
        read(first, place as DecoderState | undefined),
      );
      return {
        place: last.state,
        logits: last.logits,
        get hidden() {
          return last.hidden;
        },
      };
    },
    release: (place) => release(place as DecoderState),
    dispose,
  };
}
