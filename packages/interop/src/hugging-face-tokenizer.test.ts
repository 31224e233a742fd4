import { disposeTree, key, useBackend } from "@refrain/core";
import { charRnn, loadModel, saveModel } from "@refrain/models";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { huggingFaceTokenizer } from "./hugging-face-tokenizer.ts";

const numbered = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, i) => [token, i]));

/** The letter that byte-level BPE writes each byte as: itself where it can be printed, else the next one from U+0100 on. */
function byteLetters(): string[] {
  const printable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

const special = (id: number, content: string) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true });

/** As GPT-2's: 256 bytes, two merges, and a special token. */
const BPE = {
  added_tokens: [special(258, "<|endoftext|>")],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: "ByteLevel" },
  model: { type: "BPE", unk_token: null, vocab: numbered([...byteLetters(), "he", "hel"]), merges: ["h e", "he l"] },
};

/** As BERT's. */
const WORD_PIECE = {
  added_tokens: [special(0, "[UNK]"), special(1, "[CLS]"), special(2, "[SEP]")],
  normalizer: { type: "Lowercase" },
  pre_tokenizer: { type: "Whitespace" },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "[SEP]", type_id: 0 } }],
    pair: [],
    special_tokens: { "[CLS]": { id: "[CLS]", ids: [1], tokens: ["[CLS]"] }, "[SEP]": { id: "[SEP]", ids: [2], tokens: ["[SEP]"] } },
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: false },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: numbered(["[UNK]", "[CLS]", "[SEP]", "sing", "##ing", "##er", "we"]),
  },
};

const WORD_LEVEL = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "WhitespaceSplit" },
  post_processor: null,
  decoder: null,
  model: { type: "WordLevel", unk_token: "?", vocab: { we: 0, sing: 1, "?": 4 } },
};

describe("a byte-level BPE", () => {
  const tokenizer = huggingFaceTokenizer(BPE);

  it("merges what its rules merge, and has no unknown token", () => {
    expect([...tokenizer.encode("hello")]).toEqual([257, 0x6c, 0x6f]);
    expect(tokenizer).toMatchObject({ kind: "hugging-face", size: 259, unknown: -1 });
  });

  it("knows a special token in the text, and shows it only when asked", () => {
    const tokens = tokenizer.encode("he<|endoftext|>he");
    expect([...tokens]).toEqual([256, 258, 256]);
    expect(tokenizer.decode(tokens)).toBe("hehe");
    expect(tokenizer.decode(tokens, { specialTokens: true })).toBe("he<|endoftext|>he");
  });

  it("gives back every text, token by token in its size", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.constantFrom("he", "hel", " ", "\n", "詩", "𠮷", "é", " .", "n't"), fc.string({ unit: "grapheme" })) }),
        (text) => {
          const tokens = tokenizer.encode(text);
          expect(tokens.every((token) => token >= 0 && token < tokenizer.size)).toBe(true);
          expect(tokenizer.decode(tokens)).toBe(text);
        },
      ),
    );
  });
});

describe("a WordPiece", () => {
  const tokenizer = huggingFaceTokenizer(JSON.stringify(WORD_PIECE));

  it("cuts words into pieces, normalizes, and marks what it does not know", () => {
    expect([...tokenizer.encode("We SINGING singer dance")]).toEqual([6, 3, 4, 3, 5, 0]);
    expect(tokenizer.unknown).toBe(0);
    expect(tokenizer.decode([6, 3, 5])).toBe("we singer");
  });

  it("adds the special tokens of its post-processor when asked, and leaves them out of the text unless asked", () => {
    const tokens = tokenizer.encode("we sing", { specialTokens: true });
    expect([...tokens]).toEqual([1, 6, 3, 2]);
    expect([...tokenizer.encode("we sing")]).toEqual([6, 3]);
    expect(tokenizer.decode(tokens)).toBe("we sing");
    expect(tokenizer.decode(tokens, { specialTokens: true })).toBe("[CLS] we sing [SEP]");
  });
});

describe("a WordLevel", () => {
  it("takes whole words, others for its unknown token; its size spans unused numbers", () => {
    const tokenizer = huggingFaceTokenizer(WORD_LEVEL);
    expect([...tokenizer.encode("we sing songs")]).toEqual([0, 1, 4]);
    expect(tokenizer.decode([0, 1, 4])).toBe("we sing ?");
    expect(tokenizer).toMatchObject({ size: 5, unknown: 4 });
  });

  it("says which word it does not know where nothing stands for such words", () => {
    const tokenizer = huggingFaceTokenizer({ ...WORD_LEVEL, model: { type: "WordLevel", vocab: { we: 0 } } });
    expect(tokenizer.unknown).toBe(-1);
    expect(() => tokenizer.encode("we dance")).toThrow('huggingFaceTokenizer: "dance" is out of the vocabulary');
  });
});

describe("any tokenizer", () => {
  it.each([
    ["BPE", BPE],
    ["WordPiece", WORD_PIECE],
    ["WordLevel", WORD_LEVEL],
  ])("%s travels with a model in its file", async (_, file) => {
    await useBackend("simd");
    const tokenizer = huggingFaceTokenizer(file);
    const model = charRnn({ cell: "rnn", vocabulary: tokenizer.size, embedding: 2, hidden: 2, layers: 1 });
    const params = model.init(key(1));
    const loaded = loadModel(saveModel({ model, params, tokenizer: tokenizer.toJSON() }));
    const again = huggingFaceTokenizer((loaded.tokenizer as { json: string }).json);
    expect(again.encode("we sing of hell")).toEqual(tokenizer.encode("we sing of hell"));
    expect(again.toJSON()).toEqual(tokenizer.toJSON());
    disposeTree([params, loaded.params]);
  });

  it("decodes no tokens as no text, and refuses what is no token", () => {
    const tokenizer = huggingFaceTokenizer(BPE);
    expect(tokenizer.decode([])).toBe("");
    expect([...tokenizer.encode("")]).toEqual([]);
    for (const token of [-1, 259, 0.5]) expect(() => tokenizer.decode([1, token])).toThrow(`the token ${token} is none of the vocabulary's 259`);
  });

  it.each([
    ["no JSON", "{", /this is no tokenizer\.json that can be used: .*JSON/],
    ["a file of something else", "{}", /this is no tokenizer\.json that can be used/],
    ["no object", "7", /this is no tokenizer\.json that can be used/],
    [
      "an unknown model",
      JSON.stringify({ ...BPE, model: { ...BPE.model, type: "Wordy" } }),
      /its model is of the type "Wordy", none of BPE, Unigram, WordLevel, WordPiece/,
    ],
    ["an unknown part", JSON.stringify({ ...BPE, normalizer: { type: "Backwards" } }), /Backwards/],
  ])("says what is wrong with %s", (_, file, message) => {
    expect(() => huggingFaceTokenizer(file)).toThrow(message);
  });
});
