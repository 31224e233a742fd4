/** What a service bears, and what it refuses beyond. */
export type Limits = {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Texts that are written at once; they take turns, token by token. */
  readonly concurrency: number;
  /** Requests that wait for one of these to end. */
  readonly queue: number;
  /** Milliseconds for which they do. */
  readonly queueMs: number;
  /** Tokens of one answer. */
  readonly tokens: number;
  /** Milliseconds after which a reader that takes nothing loses its place. */
  readonly stallMs: number;
};
