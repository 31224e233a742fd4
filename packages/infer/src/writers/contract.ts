import type { LoadedModel, Session } from "../contract.ts";
import type { AnyTokenizer } from "../tokenizer-of.ts";

/** What a writer's config says of what it writes. */
export type WriterConfig = {
  /** Tokens that it knows to write, the marks of start and end among them. */
  readonly vocabulary: number;
  /** The token that it reads first, and never writes unless it is the mark of the end as well. */
  readonly start: number;
  /** The token that ends what it writes. */
  readonly end: number;
};

/** A text that is written after something that was read: the first token to feed is the config's `start`. */
export type WriterSession = Omit<Session, "fork"> & {
  /** [places], summing to 1: where the token that comes next looked in what was read, as `feed` last left it; of a model that looks at places. */
  looked(): Float32Array | undefined;
  /** A session of its own at the same place. */
  fork(): WriterSession;
};

/** A model that reads something, and then writes tokens. */
export type Writer<Kind extends string, Input, Config extends WriterConfig> = LoadedModel<Kind, Config> & WriterSessions<Input>;

/** How a model's sessions are opened. */
export type WriterSessions<Input> = {
  /** Reads the input once: a session before its first token. */
  session(input: Input): WriterSession;
  /** A session at a place that `save` gave: what was read is part of it. @throws {Error} when the numbers are no state of this model's. */
  resume(saved: Float32Array): WriterSession;
  /** As a language model's: one token more of each of several of its sessions at once, the same bits as one by one. */
  feedEach(sessions: readonly WriterSession[], tokens: readonly number[]): Float32Array[];
};

/**
 * Reads tokens of one language, say, and writes those of another, each with a tokenizer of its own. `session` throws a RangeError unless all tokens
 * are of the source's vocabulary, at least one.
 */
export type Translator = Omit<Writer<"seq2seq", Iterable<number>, WriterConfig & { readonly sourceVocabulary: number }>, "tokenizer"> & {
  readonly tokenizers: Tokenizers;
};

/** Of both sides. Each throws an Error when it is asked for, and the model was saved without one of `@refrain/data`'s. */
export type Tokenizers = { readonly source: AnyTokenizer; readonly target: AnyTokenizer };

/** Sizes of a picture. */
export type PictureSizes = { readonly height: number; readonly width: number; readonly channels: number };

/**
 * Writes what a picture shows. The picture is [height, width, channels], row by row; `session` throws a RangeError when it has another number of
 * numbers. `places` says how what it looks at lies in the picture.
 */
export type Captioner = Writer<"captioner", ArrayLike<number>, WriterConfig & PictureSizes> & {
  readonly places: { readonly height: number; readonly width: number };
};
