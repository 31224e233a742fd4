/** Turns text into token numbers and back. What it saves as JSON builds it again. */
export type Tokenizer = {
  readonly kind: string;
  /** Tokens, the unknown mark included. */
  readonly size: number;
  /** The token that stands for all that is out of the vocabulary. It is never written. */
  readonly unknown: number;
  encode(text: string): Int32Array;
  decode(tokens: Iterable<number>): string;
  toJSON(): { readonly [name: string]: string };
};
