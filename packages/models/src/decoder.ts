import { type Tensor, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree, fusedDecoder, type TensorTree } from "@refrain/core";
import type { CharRnn, CharRnnParams, CharRnnState } from "./char-rnn.ts";

/** A place in a text: what the model has read. Made and released by its decoder. */
export type Place = object;

/** What a model foretells after a place: the logits [vocabulary] of the next token, in an array of the caller's own. */
export type Reading = { readonly place: Place; readonly logits: Float32Array };

/** Reads a text token by token. Places are values: one can be read on from many times, until it is released. */
export type Decoder = {
  /** Reads tokens, at least one, from a place on, or from the start of a text. @throws {RangeError} when there is none, or one is not of the vocabulary. */
  read(tokens: Iterable<number>, place?: Place): Reading;
  /** Forgets a place. */
  release(place: Place): void;
  /** Forgets all places and gives all memory back. */
  dispose(): void;
};

/** A decoder of a model: straight on the kernels where the backend is `simd`, else by the model's own operations. */
export function decoder(model: CharRnn, params: CharRnnParams): Decoder {
  const one = fused(model, params) ?? composed(model, params);
  return {
    read(tokens, place) {
      let last: Reading | undefined;
      for (const token of tokens) {
        const next = one.read(token, last?.place ?? place);
        if (last) one.release(last.place);
        last = next;
      }
      if (!last) throw new RangeError("decoder: there must be at least one token to read.");
      return last;
    },
    release: one.release,
    dispose: one.dispose,
  };
}

type OneByOne = { read(token: number, place?: Place): Reading; release(place: Place): void; dispose(): void };

function fused({ config }: CharRnn, { embedding, cells, head }: CharRnnParams): OneByOne | undefined {
  const weight = "weight" in head ? head.weight : embedding.weight;
  const made = fusedDecoder({
    kind: config.cell === "rnn" ? "rnn-tanh" : config.cell,
    embedding: embedding.weight,
    layers: cells,
    head: { weight, ...(head.bias && { bias: head.bias }) },
  });
  return (
    made && {
      read(token, place) {
        const { state, logits } = made.read(token, place as never);
        return { place: state, logits };
      },
      release: (place) => made.release(place as never),
      dispose: made.dispose,
    }
  );
}

function composed(model: CharRnn, params: CharRnnParams): OneByOne {
  const alive = new Set<Place>();
  const forget = (place: Place) => {
    if (alive.delete(place)) disposeTree(place as TensorTree);
  };
  return {
    read(token, place) {
      const { vocabulary } = model.config;
      if (!Number.isInteger(token) || token < 0 || token >= vocabulary)
        throw new RangeError(`decoder: token ${token} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
      const { logits, state } = tidy(() => {
        const tokens: Tensor2D = tensor2d([token], [1, 1], "int32");
        const result = model.apply(params, { tokens, ...(place && { state: place as CharRnnState }) });
        return { logits: result.logits as Tensor, state: result.state as unknown as Tensor[] };
      });
      const values = logits.dataSync<"float32">().slice();
      logits.dispose();
      alive.add(state);
      return { place: state, logits: values };
    },
    release: forget,
    dispose: () => [...alive].forEach(forget),
  };
}
