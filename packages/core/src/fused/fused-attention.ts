import { type Tensor, tensor1d, type Tensor3D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { checkLengths } from "./sequence-plan.ts";

/** What attention of many heads hides and weighs. */
export type AttentionShape = {
  readonly heads: number;
  /** Heads that keys and values have; each serves as many heads. */
  readonly keyValueHeads: number;
  /** Whether a query sees only the keys up to its own place; the queries are the last of the keys' places. */
  readonly causal: boolean;
  /** How many keys up to its own place a query sees; 0 for all. */
  readonly window: number;
  /** ALiBi's, one a head; none by default. */
  readonly slopes?: readonly number[] | undefined;
  /** [batch]: how many keys of each sequence are no padding; all by default. */
  readonly keyLengths?: readonly number[] | undefined;
};

/**
 * Scaled dot-product attention of many heads, [batch, query, heads * size]; undefined where the backend is not `simd`.
 * `query` [batch, query, heads * size], `keyValues` [batch, key, 2 * keyValueHeads * size]: the keys' features, then the values'.
 *
 * @throws {Error} when the shapes do not fit each other. @throws {RangeError} when the lengths do not fit the keys.
 */
export function fusedAttention(query: Tensor3D, keyValues: Tensor3D, shape: AttentionShape): Tensor3D | undefined {
  const bench = workbench();
  if (!bench) return undefined;
  const { run, tensor, at, ints } = bench;
  const { heads, keyValueHeads, causal, window, slopes, keyLengths } = shape;
  const [batch, queries, features] = query.shape;
  const keys = keyValues.shape[1];
  const size = features / heads;
  checkAttention(query.shape, keyValues.shape, shape);
  /** The arguments that both passes begin with. */
  const call = (slope: Tensor | undefined, lengths: Tensor | undefined) =>
    [batch, heads, keyValueHeads, queries, keys, size, causal, window, at(slope), at(lengths), at(query), at(keyValues)] as const;
  const [out] = customOp({
    inputs: { query, keyValues },
    forward(save) {
      const out = tensor(query.shape),
        logSums = tensor([batch, heads, queries]);
      const slope = slopes && tensor1d([...slopes]);
      const lengths = keyLengths && ints(Int32Array.from(keyLengths));
      run.attentionForward(...call(slope, lengths), at(out), at(logSums));
      save([logSums, ...(slope ? [slope] : []), ...(lengths ? [lengths] : [])]);
      return [out];
    },
    backward([dOut], [logSums, ...rest]) {
      const dQuery = tensor(query.shape),
        dKeyValues = tensor(keyValues.shape);
      const slope = slopes && rest.shift();
      run.attentionBackward(...call(slope, rest[0]), at(logSums), at(dOut), at(dQuery), at(dKeyValues));
      return { query: dQuery, keyValues: dKeyValues };
    },
  });
  return out as Tensor3D;
}

/**
 * Kernels read what they are pointed at.
 *
 * @throws {Error} unless `query` [batch, query, features] and `keyValues` fit each other and the heads. @throws {RangeError} when the lengths do not fit the keys.
 */
export function checkAttention(query: readonly number[], keyValues: readonly number[], { heads, keyValueHeads, slopes, keyLengths }: AttentionShape): void {
  const [batch, , features] = query as [number, number, number];
  if (features % heads !== 0 || heads % keyValueHeads !== 0 || (slopes && slopes.length !== heads))
    throw new Error(
      `attention: ${heads} heads must divide the ${features} features, ${keyValueHeads} key/value heads the heads, and slopes be one a head or none${slopes ? `, but are ${slopes.length}` : ""}.`,
    );
  const width = (2 * keyValueHeads * features) / heads;
  if (keyValues[0] !== batch || keyValues[2] !== width)
    throw new Error(`attention: keys and values must be [${batch}, key, ${width}], but are [${keyValues}].`);
  if (keyLengths) checkLengths(batch, keyValues[1] as number, keyLengths);
}
