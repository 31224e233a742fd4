import { bitsPerCharacter, distinct, frequencyParts, perplexity } from "@refrain/losses";
import { generate } from "@refrain/models";
import type { Evaluation } from "@refrain/train";
import { command } from "../command.ts";
import { readCorpus } from "../run/corpus.ts";
import { loadWriter } from "../load-writer.ts";
import { measure } from "../measure.ts";
import { samplerFor } from "../sampler.ts";
import { backendOption, jsonOption } from "../shared-options.ts";
import { UserError } from "../user-error.ts";
import { windowsOf } from "../windows-of.ts";

export const evaluateCommand: ReturnType<typeof command> = command({
  name: "evaluate",
  description: "Measure a model on a text: loss, perplexity, bits per character, accuracy, and how varied its samples are",
  positionals: [
    { name: "MODEL", description: "a model file, or the out folder of refrain train", required: true },
    { name: "CORPUS", description: "a UTF-8 text file; the word default for the embedded lyrics", required: true },
  ],
  options: {
    part: {
      type: "choice",
      choices: ["auto", "all", "validation"],
      default: "auto",
      description: "which part of the text; auto takes the last tenth of the text that the model was trained on, and all of any other",
    },
    context: { type: "number", whole: true, min: 1, description: "characters in a window, each read on its own; as in training by default" },
    samples: { type: "number", whole: true, min: 0, default: 1000, description: "characters to sample for distinct-1 and distinct-2; 0 leaves these out" },
    temperature: { type: "number", min: 0, default: 1, description: "the temperature of these samples" },
    seed: { type: "number", whole: true, min: 0, max: 4294967295, default: 1, description: "the seed of these samples" },
    backend: backendOption,
    json: jsonOption,
  },
  examples: [
    ["refrain evaluate runs/default-lstm lyrics.txt", "a table"],
    ["refrain evaluate model.safetensors lyrics.txt --part all --json", "one line of JSON, over the whole text"],
    ["refrain evaluate runs/default-gpt default --context 16 --samples 0", "what it makes of 16 characters at once, without samples"],
  ],
  async run({ values, given, positionals: [path, corpus] }) {
    const idle = values.samples === 0 ? ["temperature", "seed"].find((name) => given.has(name)) : undefined;
    if (idle) throw new UserError(`--${idle} is for samples, but --samples is 0. Leave one of them out.`, 2);
    const text = await readCorpus(corpus as string);
    const writer = await loadWriter(path as string, values.backend, "auto");
    const { model, params, tokenizer, about } = writer;
    const { windows, tokens: _, ...counts } = windowsOf(writer, text, values);
    const measured = await measure(model, params, windows(), about.frequent && frequencyParts(about.frequent, tokenizer.size));
    const sampled = sample(values.samples);
    const result: Result = {
      ...measured,
      perplexity: perplexity(measured.loss),
      bitsPerCharacter: bitsPerCharacter(measured.loss),
      ...(sampled.length >= 1 && { distinct1: distinct(sampled, 1) }),
      ...(sampled.length >= 2 && { distinct2: distinct(sampled, 2) }),
      ...counts,
    };
    if (values.json) console.log(JSON.stringify({ event: "evaluation", ...result }));
    else print(result);

    function sample(count: number): string[] {
      const sampler = samplerFor({ temperature: values.temperature, seed: values.seed }, tokenizer);
      return [...tokenizer.decode(generate(model, params, { sampler, prompt: tokenizer.encode("\n"), length: count }))];
    }
  },
});

type Result = Evaluation & {
  perplexity: number;
  bitsPerCharacter: number;
  /** Only where there are samples enough. */
  distinct1?: number;
  distinct2?: number;
  characters: number;
  unknown: number;
  part: string;
  context: number;
};

function print(r: Result): void {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const rows = [
    ["loss", `${r.loss.toFixed(4)} nats per character`],
    ["perplexity", r.perplexity.toFixed(2)],
    ["bits per character", r.bitsPerCharacter.toFixed(4)],
    ["accuracy", percent(r.accuracy)],
    ...Object.entries(r.accuracyOf ?? {}).map(([part, share]) => [`accuracy, ${part}`, percent(share)]),
    ...(r.distinct1 === undefined ? [] : [["distinct-1", r.distinct1.toFixed(3)]]),
    ...(r.distinct2 === undefined ? [] : [["distinct-2", r.distinct2.toFixed(3)]]),
    ["characters", `${r.characters} (${r.part === "all" ? "the whole text" : "the last tenth"})`],
    ...(r.unknown > 0 ? [["unknown", `${r.unknown} characters that the model never saw, left out`]] : []),
  ];
  for (const [name, value] of rows) console.log(`${(name as string).padEnd(20)}${value}`);
}
