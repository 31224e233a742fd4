import { once } from "node:events";
import { command } from "../command.ts";
import { knownText } from "../known-text.ts";
import { loadWriter } from "../load-writer.ts";
import { isRandom, samplerFor } from "../sampler.ts";
import { backendOption, jsonOption, samplingOptions } from "../shared-options.ts";
import { writeLines } from "../write-lines.ts";

export const write: ReturnType<typeof command> = command({
  name: "write",
  description: "Write new lines, character by character",
  positionals: [{ name: "MODEL", description: "a model file, or the out folder of refrain train", required: true }],
  options: {
    start: { type: "text", default: "夢", description: "what the first line starts with" },
    lines: { type: "number", whole: true, min: 1, default: 8, description: "how many lines to write" },
    ...samplingOptions,
    "max-characters": { type: "number", whole: true, min: 1, default: 2000, description: "stop after so many characters in any case" },
    backend: backendOption,
    json: jsonOption,
  },
  examples: [
    ["refrain write runs/default-lstm --start 夢 --lines 8", "eight lines that begin with 夢"],
    ["refrain write model.safetensors --temperature 0.5 --top-p 0.9 --seed 7", "safer choices, another draw"],
    ["refrain write model.safetensors --temperature 0", "always the likeliest character: see how it falls into repetition"],
  ],
  async run({ values, positionals: [path] }) {
    const { model, params, tokenizer } = await loadWriter(path as string, values.backend);
    const sampler = samplerFor(values, tokenizer.unknown);
    const { known: start, warning } = knownText(tokenizer, values.start);
    if (warning) process.stderr.write(`refrain: ${warning}\n`);
    const pieces = writeLines({
      model,
      params,
      tokenizer,
      sampler,
      start,
      lines: values.lines,
      limit: values["max-characters"],
      redraws: isRandom(values) ? 50 : 0,
    });
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
    }
    if (!last.endsWith("\n")) await print("\n");
    if (!step.value)
      process.stderr.write(`refrain: stopped after --max-characters ${values["max-characters"]}, before all ${values.lines} lines were written.\n`);
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
