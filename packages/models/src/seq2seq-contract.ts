import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { SimilarityName } from "@refrain/attention";
import type { TensorTree } from "@refrain/core";
import type { Activation } from "@refrain/transformer";
import type { CellName } from "./recurrent-cell.ts";
import type { Writer, WriterConfig } from "./writer.ts";

/** `vocabulary`, `start` and `end` are the target's. */
type Vocabularies = WriterConfig & {
  /** Tokens of the source. */
  readonly sourceVocabulary: number;
};

type RecurrentSizes = Vocabularies & {
  readonly cell: CellName;
  /** Features of a token, of the source and of the target. */
  readonly embedding: number;
  /** Hidden units of each layer. */
  readonly hidden: number;
  /** Layers of the encoder, and as many of the decoder; 1 by default. */
  readonly layers?: number;
  /** The share of features dropped while training, after the embeddings and before the output layer; 0 by default. */
  readonly dropout?: number;
};

/** An encoder's last state is the context that the decoder starts from (Cho et al. 2014; Sutskever et al. 2014). */
export type ContextConfig = RecurrentSizes & { readonly kind: "context" };

/** A decoder that looks at every place of the source at each step (Bahdanau et al. 2015; Luong et al. 2015). */
export type AttendingConfig = RecurrentSizes & {
  readonly kind: "attending";
  /** How a query and the places are compared; "general" by default. */
  readonly similarity?: SimilarityName;
  /** Whether a step's query is written after it ("new", the default) or before it ("last"); see `attendingDecoder`. */
  readonly query?: "new" | "last";
  /** Whether the decoder also reads its last output, so that it knows where it looked; not by default. */
  readonly inputFeeding?: boolean;
};

/** The Transformer (Vaswani et al. 2017). */
export type TransformerConfig = Vocabularies & {
  readonly kind: "transformer";
  /** Features of a token; even. */
  readonly features: number;
  readonly heads: number;
  /** Layers of the encoder, and as many of the decoder. */
  readonly layers: number;
  /** Features inside the feed-forward nets; 4 * features by default. */
  readonly hidden?: number;
  /** Of the feed-forward nets; relu by default. */
  readonly activation?: Activation;
  /** Where the norms stand: before each part ("pre", the default) or after it ("post", the paper's). */
  readonly order?: "pre" | "post";
  /** The share that is dropped while training, of the embeddings and in every part; 0 by default. */
  readonly dropout?: number;
};

/** The sizes of a sequence-to-sequence model, of one of three kinds. */
export type Seq2seqConfig = ContextConfig | AttendingConfig | TransformerConfig;

/** The source that a sequence-to-sequence model reads. */
export type Seq2seqInput = {
  /** int32 [batch, source] */
  readonly source: Tensor2D;
  /** [batch]: how many tokens of each source are no padding; all by default. */
  readonly sourceLengths?: readonly number[] | undefined;
};

/** A model from sequences to sequences; its weights are [batch, time, source]. */
export type Seq2seq<P extends TensorTree = TensorTree, S extends TensorTree = TensorTree, C extends Seq2seqConfig = Seq2seqConfig> = Writer<
  P,
  Seq2seqInput,
  S
> & { readonly kind: "seq2seq"; readonly config: Required<C> };
