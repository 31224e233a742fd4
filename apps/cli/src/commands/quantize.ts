import { disposeTree, type Json } from "@refrain/core";
import { decoder, type DecoderOptions, decodesInt8, loadModel, saveModel } from "@refrain/models";
import { writeWhole } from "@refrain/train/checkpoints";
import { stat } from "node:fs/promises";
import { command } from "../command.ts";
import { writeFailure } from "../files.ts";
import { type LoadedWriter, loadWriter } from "../load-writer.ts";
import { lossesOf } from "../losses-of.ts";
import { readingLoss } from "../reading-loss.ts";
import { type CorpusText, readCorpus } from "../run/corpus.ts";
import { backendOption, jsonOption } from "../shared-options.ts";
import { trainingText } from "../training-text.ts";
import { UserError } from "../user-error.ts";
import { type TextWindows, windowsOf } from "../windows-of.ts";

export const quantizeCommand: ReturnType<typeof command> = command({
  name: "quantize",
  description: "Write a model in fewer bytes, its weights in 8 or 16 bits, and measure what that does to its loss",
  positionals: [{ name: "MODEL", description: "a model file, or the out folder of refrain train", required: true }],
  options: {
    to: {
      type: "choice",
      choices: ["int8", "f16"],
      description: "int8 is a quarter of the bytes, its matrices in 8 bits with a scale for each row; f16 is half of them, in 16-bit floats",
    },
    out: { type: "text", hint: "file", description: "the file to write; it must not be there yet" },
    text: {
      type: "text",
      hint: "file",
      description: "a text to measure both on, or default for the embedded lyrics; the validation part of the text it was trained on, where that is found",
    },
    backend: backendOption,
    json: jsonOption,
  },
  examples: [
    ["refrain quantize runs/default-lstm --to int8 --out writer-int8.safetensors", "a quarter of the bytes, and the loss before and after"],
    ["refrain quantize model.safetensors --to f16 --out half.safetensors --text lyrics.txt", "half of the bytes, measured on a text of your own"],
    ["refrain write writer-int8.safetensors", "every command takes the new file as it takes the old one"],
  ],
  async run({ values: { to, out, text: named, backend, json }, positionals }) {
    const path = positionals[0] as string;
    if (to === undefined) throw new UserError("--to is missing: say int8, a quarter of the bytes, or f16, half of them.", 2);
    if (out === undefined) throw new UserError(`--out is missing: name the file to write, model-${to}.safetensors for one.`, 2);
    if (await stat(out).catch(() => undefined)) throw new UserError(`${out} is there already. Choose another --out, or remove it first.`);
    const corpus = named === undefined ? undefined : await readCorpus(named);
    const writer = await loadWriter(path, backend, "auto");
    if (writer.weights !== "f32")
      throw new UserError(`${path} is in ${writer.weights} already, and rounded again it would lose more. Quantize the model that it was made from.`);
    const bytes = bytesOf(writer, to, path);
    const found = corpus ? { text: corpus } : await trainingText(path, writer.about);
    const measured = "text" in found ? await measureBoth(writer, bytes, found.text, json) : { loss: null, missing: found.missing };
    await writeWhole(out, bytes).catch((error) => {
      throw writeFailure(error, out);
    });
    const sizes = { before: writer.size, after: bytes.length };
    if (json) console.log(JSON.stringify({ event: "quantized", to, bytes: sizes, ...measured, out }));
    else {
      const thousands = (count: number) => count.toLocaleString("en");
      const share = (100 * sizes.after) / sizes.before;
      console.log(`${out}: ${to}, ${thousands(sizes.after)} bytes instead of ${thousands(sizes.before)} (${share.toFixed(1)} %)`);
      console.log(
        measured.loss
          ? lossLines(measured)
          : `the loss was not measured: ${measured.missing}. Name a text by --text, or measure both files by refrain evaluate.`,
      );
    }
  },
});

/** The model's file with its weights in fewer bits. @throws {UserError} when one of them does not fit in there. */
function bytesOf({ model, params, tokenizer, about }: LoadedWriter, weights: "int8" | "f16", path: string): Uint8Array<ArrayBuffer> {
  try {
    return saveModel({ model, params, tokenizer: tokenizer.toJSON(), about: about as Json, weights });
  } catch (cause) {
    throw new UserError(`${path} cannot be quantized: ${(cause as Error).message}`, 1, { cause });
  }
}

/** Losses in nats per character. */
type Losses = { readonly before: number; readonly after: number; readonly difference: number };

type Measured = Omit<TextWindows, "windows" | "tokens"> & {
  /** With the weights as they are stored. */
  readonly loss: Losses;
  /** Read character by character, as in writing, with the weights as they were and in int8, where there are kernels for that; of so many characters. */
  readonly writing?: Losses & { readonly characters: number };
  readonly text: string;
};

const lossesFrom = (before: number, after: number): Losses => ({ before, after, difference: after - before });

/** Characters that are read one by one at most, which takes a thousand times as long as in batches. */
const READ = 20_000;

/** The loss of a model on a text, and that of the file which was made of it. */
async function measureBoth(writer: LoadedWriter, bytes: Uint8Array<ArrayBuffer>, corpus: CorpusText, json: boolean): Promise<Measured> {
  const { windows, tokens, ...counts } = windowsOf(writer, corpus, { part: "auto" });
  const quantized = loadModel(bytes);
  const [before, after] = await lossesOf(writer.model, [writer.params, quantized.params], windows, { characters: counts.characters, json });
  const measured = { loss: lossesFrom(before, after), text: corpus.path, ...counts };
  if (quantized.weights !== "int8" || !decodesInt8(writer.model)) {
    disposeTree(quantized.params);
    return measured;
  }
  const [exact, rounded] = [{ ...writer, weights: "f32" as const }, quantized].map(({ model, params, weights }) => {
    const reader = decoder(model, params, { weights: weights as DecoderOptions["weights"] });
    try {
      return readingLoss(reader, tokens.subarray(0, READ), writer.tokenizer.unknown);
    } finally {
      reader.dispose();
    }
  }) as [ReturnType<typeof readingLoss>, ReturnType<typeof readingLoss>];
  disposeTree(quantized.params);
  return { ...measured, writing: { ...lossesFrom(exact.loss, rounded.loss), characters: exact.characters } };
}

function lossLines({ loss, writing, text, part }: Measured): string {
  const change = ({ before, after, difference }: Losses) =>
    `${before.toFixed(4)} nats per character before, ${after.toFixed(4)} after (${difference < 0 ? "-" : "+"}${Math.abs(difference).toFixed(6)})`;
  const stored = `loss on ${part === "all" ? "all" : "the last tenth"} of ${text}: ${change(loss)}`;
  if (!writing) return stored;
  return `${stored}\nin writing, where sums are of whole numbers too, on ${writing.characters.toLocaleString("en")} characters: ${change(writing)}`;
}
