import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { banned } from "@refrain/losses/sampling";
import { decodesInt8 } from "@refrain/models";
import { command } from "../command.ts";
import { knownText } from "../known-text.ts";
import { loadWriter } from "../load-writer.ts";
import { isRandom, repeatFilters, samplerFor } from "../sampler.ts";
import { UserError } from "../user-error.ts";
import { checkWriteOptions } from "../write/check-write-options.ts";
import { verseOf } from "../write/verse-of.ts";
import { writeBeams } from "../write/write-beams.ts";
import { writeContrastive } from "../write/write-contrastive.ts";
import { writeOptions } from "../write/write-options.ts";
import { writeLines } from "../write-lines.ts";

/** Drafts of a line that was written before. */
const REDRAWS = 50;
/** How many characters contrastive search chooses from. */
const CONTRASTIVE_K = 5;

export const write: ReturnType<typeof command> = command({
  name: "write",
  description: "Write new lines, character by character",
  positionals: [{ name: "MODEL", description: "a model file, or the out folder of refrain train", required: true }],
  options: writeOptions,
  examples: [
    ["refrain write runs/default-lstm --start 夢 --lines 8", "eight lines that begin with 夢"],
    ["refrain write model.safetensors --temperature 0.5 --top-p 0.9 --seed 7", "safer choices, another draw"],
    ["refrain write model.safetensors --temperature 0", "always the likeliest character: see how it falls into repetition"],
    ["refrain write model.safetensors --min-p 0.05 --repetition-penalty 1.2 --no-repeat-ngram 4", "bolder where the model is unsure, and fewer repeats"],
    ["refrain write model.safetensors --beams 8 --beam-groups 4 --diversity 0.5", "the likeliest lines that a search in four places finds"],
    ["refrain write model.safetensors --contrastive 0.6 --top-k 5", "likely, but unlike what was said before; without a draw"],
    ["refrain write model.safetensors --tune 浣溪沙 --rhyme", "a song to the tune 浣溪沙, in its lengths of line, with its rhymes"],
    ["refrain write model.safetensors --tune 水調歌頭 --tunes songs.jsonl.gz", "a tune learned from a file of songs"],
    ["refrain write model.safetensors --weights int8", "faster where the model is large: see refrain quantize for what it costs"],
    ["refrain write model.safetensors --line-length 7 --lines 4 --rhyme --rhyme-by xinyun", "four lines of seven characters that rhyme"],
  ],
  async run({ values, given, positionals: [path] }) {
    checkWriteOptions(values, given);
    const { model, params, tokenizer, weights: stored } = await loadWriter(path as string, values.backend);
    if (values.weights === "int8" && !decodesInt8(model))
      throw new UserError("--weights int8 needs kernels, which the simd backend has for rnn, lstm, gru and gpt, but not this one for this model. Use f32.", 2);
    const weights = values.weights ?? (stored === "int8" && decodesInt8(model) ? "int8" : "f32");
    const { known: start, warning } = knownText(tokenizer, values.start);
    // Nobody who did not ask for it needs to know that it is missing.
    if (warning && given.has("start")) process.stderr.write(`refrain: ${warning}\n`);
    const verse = await verseOf(values, tokenizer, start);
    const rules = verse ? [verse.rule] : [];
    const lines = verse?.lines ?? values.lines;
    const task = { model, params, weights, tokenizer, start, lines, limit: values["max-characters"] };
    const unknown = banned([tokenizer.unknown]);

    let pieces: Generator<string, boolean>;
    if (values.beams !== undefined) {
      const { beams, "length-penalty": lengthPenalty, "beam-groups": groups, diversity } = values;
      const filters = [unknown, ...repeatFilters(values, tokenizer)];
      pieces = writeBeams({ ...task, search: { beams, lengthPenalty, groups, diversity, filters, constraints: rules } });
    } else if (values.contrastive !== undefined) {
      const filters = [unknown, ...rules, ...repeatFilters(values, tokenizer)];
      pieces = writeContrastive({ ...task, search: { k: values["top-k"] ?? CONTRASTIVE_K, alpha: values.contrastive, filters } });
    } else pieces = writeLines({ ...task, sampler: samplerFor(values, tokenizer, rules), redraws: isRandom(values) ? REDRAWS : 0 });

    const print = values.json
      ? jsonLines()
      : async (piece: string) => {
          if (!process.stdout.write(piece)) await once(process.stdout, "drain");
        };
    let last = "";
    let step = pieces.next();
    for (; !step.done; step = pieces.next()) {
      await print(step.value);
      last = step.value || last;
      // Lets it come through that nobody reads any more.
      await setImmediate();
    }
    if (!last.endsWith("\n")) await print("\n");
    if (!step.value) {
      const all = lines === 1 ? "the line was" : `all ${lines} lines were`;
      process.stderr.write(`refrain: stopped after --max-characters ${values["max-characters"]}, before ${all} written.\n`);
    }
  },
});

/** Prints each line as a JSON object as soon as it ends. */
function jsonLines(): (piece: string) => Promise<void> {
  let open = "";
  return async (piece) => {
    const lines = (open + piece).split("\n");
    open = lines.pop() as string;
    for (const text of lines) if (text !== "") console.log(JSON.stringify({ event: "line", text }));
  };
}
