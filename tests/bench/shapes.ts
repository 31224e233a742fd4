/** A recurrent model of text and the batches that it is trained on. */
export type RecurrentShape = {
  readonly kind: "lstm" | "gru";
  /** Tokens. */
  readonly vocabulary: number;
  /** Features of a token. */
  readonly embedding: number;
  /** Units of each layer. */
  readonly hidden: number;
  readonly layers: number;
  /** Sequences of a batch. */
  readonly batch: number;
  /** Tokens of a sequence. */
  readonly context: number;
};

/** A GPT, and the batches that it is trained on. */
type GptShape = Omit<RecurrentShape, "kind" | "embedding" | "hidden"> & { readonly kind: "gpt"; readonly features: number; readonly heads: number };

export type Shape = RecurrentShape | GptShape;

type RecurrentSizes = Omit<RecurrentShape, "kind">;

const RECURRENT: Readonly<Record<string, RecurrentSizes>> = {
  "char-rnn-128": { vocabulary: 65, embedding: 64, hidden: 128, layers: 2, batch: 50, context: 50 },
  "lyrics-256": { vocabulary: 4000, embedding: 128, hidden: 256, layers: 2, batch: 32, context: 32 },
  "lyrics-512": { vocabulary: 4000, embedding: 128, hidden: 512, layers: 2, batch: 32, context: 64 },
};

/** nanoGPT's small GPT for a CPU. */
const GPT: GptShape = { kind: "gpt", vocabulary: 65, features: 128, heads: 4, layers: 4, batch: 12, context: 64 };

const ofKind = (kind: RecurrentShape["kind"]) => Object.entries(RECURRENT).map(([name, sizes]): [string, Shape] => [`${kind} ${name}`, { kind, ...sizes }]);

/** The models that training and sampling are measured on, by name. */
export const SHAPES: ReadonlyMap<string, Shape> = new Map([...ofKind("lstm"), ...ofKind("gru"), ["gpt-cpu", GPT]]);

/** A shape by its name. */
export function shapeOf(name: string): Shape {
  const shape = SHAPES.get(name);
  if (!shape) throw new Error(`there is no shape ${name}; there are ${[...SHAPES.keys()].join(", ")}.`);
  return shape;
}
