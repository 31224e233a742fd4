import { type DecoderState, fusedDecoder } from "@refrain/core";
import type { CharRnn, CharRnnParams } from "./char-rnn.ts";
import type { Decoder } from "./decoder.ts";

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
      let last: ReturnType<typeof read> | undefined;
      for (const token of tokens) {
        const next = read(token, last?.state ?? (place as DecoderState | undefined));
        if (last) release(last.state);
        last = next;
      }
      if (!last) throw new RangeError("decoder: there must be at least one token to read.");
      const reading = last;
      return {
        place: reading.state,
        logits: reading.logits,
        get hidden() {
          return reading.hidden;
        },
      };
    },
    release: (place) => release(place as DecoderState),
    dispose,
  };
}
