/** What a model foretells after a place: the logits [classes] of the next token, in an array of the caller's own. */
export type ReaderReading<Place> = {
  readonly place: Place;
  readonly logits: Float32Array;
  /** The top hidden state [features] of the last token read. Contrastive search needs it. */
  readonly hidden?: Float32Array;
};

/**
 * What a search reads with: a model's decoder. Places are values: one can be read on from many times, until it is released. The
 * first read has no place, and a prompt of one token at least.
 */
export type Reader<Place> = {
  /** Reads tokens, one at least, after a place, or from the beginning of a text. */
  read(tokens: Iterable<number>, place?: Place): ReaderReading<Place>;
  /** Gives a place back, from which nothing is read any more. */
  release(place: Place): void;
};
