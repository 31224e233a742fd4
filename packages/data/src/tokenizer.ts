/** Turns text into token numbers and back. What it saves as JSON builds it again. */
export type Tokenizer = {
  readonly kind: string;
  /** Tokens, the unknown mark included. */
  readonly size: number;
  /** The token that stands for all that is out of the vocabulary. It is never written. */
  readonly unknown: number;
  /** The tokens of a text. */
  encode(text: string): Int32Array;
  /** The text of tokens. */
  decode(tokens: Iterable<number>): string;
  /** What `restoreTokenizer` makes the same tokenizer of. */
  toJSON(): { readonly [name: string]: string };
};
