import { clone, type Tensor2D, tensor1d, type TensorContainer, tidy } from "@tensorflow/tfjs-core";
import { type Cell, dense, type DenseParams, embedding, type EmbeddingParams, type Key, mapTree, split, type TensorTree } from "@refrain/core";
import { chooseRunning } from "./choose-running.ts";

/** A cell that reads and writes tokens. */
export type TokenUnfoldConfig<P, S> = {
  readonly cell: Cell<P, S>;
  /** How many different tokens there are. */
  readonly vocabulary: number;
};

/** The parameters of a net that writes tokens, `P` being its cell's. */
export type TokenUnfoldParams<P> = {
  /** `weight` [vocabulary, input]: what the cell reads of each token. */
  readonly embedding: EmbeddingParams;
  readonly cell: P;
  /** From the cell's output to the logits: `weight` [vocabulary, hidden]. */
  readonly readout: DenseParams;
};

/** `logits` [batch, vocabulary], `hidden` [batch, hidden] and the state belong to the caller. */
type Stepped<S> = { readonly logits: Tensor2D; readonly hidden: Tensor2D; readonly state: S };

type TokenStep<P, S> = {
  init(key: Key): TokenUnfoldParams<P>;
  /** @throws {RangeError} unless a token is of the vocabulary. */
  check(what: string, token: number): void;
  /** Reads one token of each sequence; those that are not running keep their state. It starts from the cell's own state where there is none. */
  step(params: TokenUnfoldParams<P>, state: S | undefined, tokens: readonly number[], running: readonly boolean[]): Stepped<S>;
};

/** Token, embedding, cell, dense layer, logits. @throws {RangeError} unless vocabulary is a whole number of at least 1. */
export function tokenStep<P extends TensorTree, S extends TensorTree>(asker: string, { cell, vocabulary }: TokenUnfoldConfig<P, S>): TokenStep<P, S> {
  if (!Number.isInteger(vocabulary) || vocabulary < 1) throw new RangeError(`${asker}: vocabulary must be a whole number of at least 1, but is ${vocabulary}.`);
  const table = embedding({ size: vocabulary, width: cell.inputSize });
  const head = dense({ inputs: cell.hiddenSize, outputs: vocabulary });
  return {
    init(key) {
      const [a, b, c] = split(key, 3) as [Key, Key, Key];
      return { embedding: table.init(a), cell: cell.init(b), readout: head.init(c) };
    },
    check(what, token) {
      if (!Number.isInteger(token) || token < 0 || token >= vocabulary)
        throw new RangeError(`${asker}: ${what} must be one of the ${vocabulary} tokens, 0 to ${vocabulary - 1}, but is ${token}.`);
    },
    step: (params, state, tokens, running) =>
      tidy(() => {
        const last = state ?? cell.initialState(tokens.length);
        const next = cell.step(params.cell, last, table.apply(params.embedding, tensor1d([...tokens], "int32")) as Tensor2D);
        // Copies: a cell may hand on what it was given.
        const stepped: Stepped<S> = {
          logits: head.apply(params.readout, next.output) as Tensor2D,
          hidden: clone(next.output),
          state: mapTree(chooseRunning(running, next.state, last), clone),
        };
        return stepped as unknown as TensorContainer;
      }) as unknown as Stepped<S>,
  };
}
