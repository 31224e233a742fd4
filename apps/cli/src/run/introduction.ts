import type { CharRnnConfig, GptConfig, LanguageModel } from "@refrain/models";
import type { Training } from "./training.ts";

/** What is told when a run begins: as fields, and as lines for people. */
export function introduction({ settings: { values }, corpus, model, resumed, run, backend }: Training): [Record<string, unknown>, string[]] {
  const step = resumed?.progress.step ?? 0;
  return [
    {
      model: model.config,
      corpus: corpus.path,
      trainingCharacters: corpus.train.length,
      validationCharacters: corpus.validation.length,
      frequentCharacters: corpus.frequent.length,
      backend,
      step,
      out: run.path,
    },
    [
      `${values.model} of ${describe(model)}, ${corpus.tokenizer.size - 1} characters, on ${backend}`,
      `${corpus.path}: ${corpus.train.length.toLocaleString("en")} characters to train on, ${corpus.validation.length.toLocaleString("en")} to validate`,
      `frequent are the ${corpus.frequent.length} commonest characters, which make up half of the text; all others are rare`,
      ...(resumed ? [`going on after step ${step}`] : values.resume ? ["no checkpoint had been written yet; beginning anew"] : []),
    ],
  ];
}

/** A model's sizes in words. */
function describe({ config }: LanguageModel): string {
  const sizes = config as unknown as CharRnnConfig | GptConfig;
  return "heads" in sizes
    ? `${sizes.layers} × ${sizes.heads} heads, ${sizes.features} features a character, ${sizes.context} characters in sight`
    : `${sizes.layers} × ${sizes.hidden} units, ${sizes.embedding} features a character`;
}
