import { generator, key, leaves, mapTree, type TensorTree } from "@refrain/core";
import { add } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expectClose, some } from "@refrain-tests/checks";
import type { PaddedTokens } from "./padded-tokens.ts";

/** Sequences as rows of `time` steps, whatever stands beyond them being `fill`. */
export function padded(sequences: readonly (readonly number[])[], fill = 0, time: number = Math.max(...sequences.map(({ length }) => length))): PaddedTokens {
  const tokens = new Int32Array(sequences.length * time).fill(fill);
  sequences.forEach((sequence, row) => tokens.set(sequence, row * time));
  return { rows: sequences.length, time, tokens, lengths: sequences.map(({ length }) => length) };
}

/** A few sequences of tokens 0 to vocabulary - 1, at least one token each. */
export const sequencesOf = (vocabulary: number): fc.Arbitrary<number[][]> =>
  fc.array(fc.array(fc.nat(vocabulary - 1), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });

/** Parameters with enough of everything for all parts to count. */
export function stirred<P extends TensorTree>(params: P, seed = 1, scale = 0.4): P {
  let place = 0;
  return mapTree(params, (leaf) => add(leaf, some(leaf.shape, seed * 1000 + place++, scale)));
}

/** Fails unless two trees of one shape hold the same numbers. */
export function expectSameLeaves(found: TensorTree, expected: TensorTree): void {
  const numbersOf = (tree: TensorTree) => leaves(tree).flatMap((leaf) => [...leaf.dataSync<"float32">()]);
  expectClose(numbersOf(found), numbersOf(expected), 3e-5);
}

/** Whole numbers below a limit, the same for the same seed. */
export function drawOf(seed: number): (limit: number) => number {
  const random = generator(key(seed));
  return (limit) => Math.floor(random() * limit);
}
