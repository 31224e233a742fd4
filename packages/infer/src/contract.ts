import type { Kernels, LoadOptions as KernelOptions } from "@refrain/kernels";
import type { AnyTokenizer } from "./tokenizer-of.ts";

/** A saved model's bytes, or where they come from. A string is an address, as `fetch` takes it; a URL may be that of a file, where files can be read. */
export type ModelSource = Uint8Array | ArrayBuffer | URL | string | Response | ReadableStream<Uint8Array>;

/** Bytes read so far; `total` where the source says how many there are, compressed ones where a server of another origin sends such. */
export type LoadProgress = { readonly loaded: number; readonly total?: number | undefined };

/** How a model is loaded. */
export type LoadOptions = {
  /**
   * How matrices are held: "int8" rounds each row to 255 steps, and what it is multiplied by to 127, a quarter of the bytes that are read for
   * each token; "f32" keeps what the file says. By default int8 where the file stores int8.
   */
  readonly weights?: "f32" | "int8";
  /** Kernels that were loaded before, to be shared, or how to load them: where nothing may be compiled, `{ module }`. */
  readonly kernels?: Kernels | KernelOptions;
  /** Told again and again while the bytes arrive. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ends the loading: it then throws the signal's reason. */
  readonly signal?: AbortSignal;
};

/** What every loaded model has, of whatever kind. */
export type LoadedModel<Kind extends string, Config> = {
  readonly kind: Kind;
  readonly config: Config;
  /** @throws {Error} when the model was saved with a tokenizer that is none of `@refrain/data`'s. */
  readonly tokenizer: AnyTokenizer;
  /** Whatever else was saved with it. */
  readonly about?: unknown;
  /** Gives back all memory, that of its sessions included. */
  dispose(): void;
};

/** A text that a model reads token by token: its state, held in the kernels' heap. */
export type Session = {
  readonly vocabulary: number;
  /**
   * Reads one token more. Gives the logits [vocabulary] of the next, in one array, which the next call overwrites and samplers may change.
   *
   * @throws {RangeError} when it is none of the vocabulary's.
   * @throws {Error} when the session, or its model, was disposed of; when memory ends, which disposes of the session.
   */
  feed(token: number): Float32Array;
  /** What the output layer read last, [features], copied. */
  hidden(): Float32Array;
  /** The state as plain numbers, copied: the model's `session` goes on from them, here or elsewhere. */
  save(): Float32Array;
  /** A session of its own at the same place. */
  fork(): Session;
  /** Gives its memory back. */
  dispose(): void;
};

/** A model that reads a text and foretells its next token: a char-rnn or a gpt. */
export type LanguageModel = LoadedModel<"char-rnn" | "gpt", { readonly vocabulary: number; readonly context?: number }> & {
  /**
   * A session at the beginning of a text, or at a place that `save` gave.
   *
   * @throws {Error} when the numbers are no state of this model's.
   */
  session(saved?: Float32Array): Session;
  /**
   * Reads one token more of each of several of its sessions at once, which reads the weights once. Gives each one's logits, as `feed` does:
   * the same bits as one by one.
   */
  feedEach(sessions: readonly Session[], tokens: readonly number[]): Float32Array[];
};
