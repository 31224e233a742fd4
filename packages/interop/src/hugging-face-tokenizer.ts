import { Tokenizer } from "@huggingface/tokenizers";

/** Whether special tokens are added and shown; they are not by default. */
export type SpecialTokens = {
  /** Whether `encode` adds those that the file's post-processor adds, and `decode` shows those that it meets; neither by default. */
  readonly specialTokens?: boolean;
};

/** Has all that a tokenizer of @refrain/data has. */
export type HuggingFaceTokenizer = {
  readonly kind: "hugging-face";
  /** One more than the highest token. */
  readonly size: number;
  /** The token that stands for what is out of the vocabulary; -1 where there is none, as in byte-level BPE. */
  readonly unknown: number;
  /** @throws {Error} when a word is out of the vocabulary and there is no token for such words. */
  encode(text: string, options?: SpecialTokens): Int32Array;
  /** @throws {RangeError} when a token is none of the vocabulary. */
  decode(tokens: Iterable<number>, options?: SpecialTokens): string;
  /** `huggingFaceTokenizer(json)` of its `json` is this tokenizer again. */
  toJSON(): { readonly kind: "hugging-face"; readonly json: string };
};

/** What a tokenizer.json must say for our part; the rest is its library's. */
type Description = { readonly model?: { readonly type?: string; readonly unk_token?: string | null; readonly unk_id?: number | null } };

/** What we need of the library's tokenizer. */
type Engine = {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[]; tokens: string[] };
  decode(tokens: number[], options: { skip_special_tokens: boolean }): string;
  get_vocab(): Map<string, number>;
  id_to_token(token: number): string | undefined;
  token_to_id(token: string): number | undefined;
};

const MODELS = ["BPE", "Unigram", "WordLevel", "WordPiece"];

/**
 * A tokenizer from a Hugging Face tokenizer.json, by @huggingface/tokenizers.
 *
 * @param file the file's text, or what it holds.
 * @throws {Error} when it is no tokenizer.json, or has parts that the library does not know.
 */
export function huggingFaceTokenizer(file: string | object): HuggingFaceTokenizer {
  const json = typeof file === "string" ? file : JSON.stringify(file);
  const { engine, description } = open(json);
  const size = 1 + [...engine.get_vocab().values()].reduce((highest, token) => Math.max(highest, token), -1);
  const { unk_id: id, unk_token: mark } = description.model ?? {};
  return {
    kind: "hugging-face",
    size,
    unknown: id ?? (mark ? engine.token_to_id(mark) : undefined) ?? -1,
    encode(text, { specialTokens = false } = {}) {
      const { ids, tokens } = engine.encode(text, { add_special_tokens: specialTokens });
      return Int32Array.from(ids, (token, i) => {
        if (token === undefined)
          throw new Error(`huggingFaceTokenizer: ${JSON.stringify(tokens[i])} is out of the vocabulary, and no token stands for such words.`);
        return token;
      });
    },
    decode(tokens, { specialTokens = false } = {}) {
      const list = [...tokens];
      const stranger = list.find((token) => engine.id_to_token(token) === undefined);
      if (stranger !== undefined) throw new RangeError(`huggingFaceTokenizer: the token ${stranger} is none of the vocabulary's ${size}.`);
      return list.length === 0 ? "" : engine.decode(list, { skip_special_tokens: !specialTokens });
    },
    toJSON: () => ({ kind: "hugging-face", json }),
  };
}

function open(json: string): { engine: Engine; description: Description } {
  try {
    const description = JSON.parse(json) as Description;
    const { type, unk_token } = description.model ?? {};
    if (type !== undefined && !MODELS.includes(type)) throw new Error(`its model is of the type ${JSON.stringify(type)}, none of ${MODELS.join(", ")}`);
    // Its other file, tokenizer_config.json, is not part of the tokenizer: nothing is cleaned up, so that what is decoded is what was encoded.
    const engine: Engine = new Tokenizer(description, { clean_up_tokenization_spaces: false, unk_token });
    return { engine, description };
  } catch (cause) {
    throw new Error(`huggingFaceTokenizer: this is no tokenizer.json that can be used: ${(cause as Error).message}.`, { cause });
  }
}
