import { type AttendingParams, attendingSeq2seq } from "./attending-seq2seq.ts";
import { type ContextParams, contextSeq2seq } from "./context-seq2seq.ts";
import type { Seq2seq, Seq2seqConfig } from "./seq2seq-contract.ts";
import { type TransformerParams, transformerSeq2seq } from "./transformer-seq2seq.ts";

/** The parameters of each kind. */
export type Seq2seqParams = { readonly context: ContextParams; readonly attending: AttendingParams; readonly transformer: TransformerParams };

const KINDS: { readonly [Kind in Seq2seqConfig["kind"]]: (config: Extract<Seq2seqConfig, { kind: Kind }>) => Seq2seq<Seq2seqParams[Kind]> } = {
  context: contextSeq2seq,
  attending: attendingSeq2seq,
  transformer: transformerSeq2seq,
};

/**
 * A model that reads one sequence and writes another: a translation, a headline. By its kind,
 *
 * - "context": a recurrent net reads, and another goes on from its last state;
 * - "attending": a recurrent net reads both ways, and another looks at all that it found at each step;
 * - "transformer": neither recurs.
 *
 * All three keep one contract, and are written with by `translate`.
 *
 * @throws {TypeError} when there is no such kind, or no such cell. @throws {RangeError} when a size or a mark does not fit.
 */
export function seq2seq<C extends Seq2seqConfig>(config: C): Seq2seq<Seq2seqParams[C["kind"]]> {
  if (!Object.hasOwn(KINDS, config.kind))
    throw new TypeError(`seq2seq: kind must be one of ${Object.keys(KINDS).join(", ")}, but is ${JSON.stringify(config.kind)}.`);
  return KINDS[config.kind](config as never) as Seq2seq<Seq2seqParams[C["kind"]]>;
}
