import type { Values } from "../options.ts";
import { backendOption, jsonOption, samplingOptions } from "../shared-options.ts";

/** What `refrain write` can be told. */
export const writeOptions = {
  start: { type: "text", default: "夢", mayBeEmpty: true, description: "what the first line starts with; nothing, unless given, where the model never saw it" },
  lines: { type: "number", whole: true, min: 1, default: 8, description: "how many lines to write; a --tune knows its own" },
  ...samplingOptions,
  beams: {
    type: "number",
    whole: true,
    min: 1,
    description: "search for the likeliest lines instead of drawing: how many beginnings of a line to follow at once",
  },
  "length-penalty": { type: "number", default: 0.6, description: "with --beams: 0 favours short lines, larger numbers longer ones (Wu et al. 2016)" },
  "beam-groups": {
    type: "number",
    whole: true,
    min: 1,
    default: 1,
    description: "with --beams: into how many groups they are divided, to look in different places",
  },
  diversity: { type: "number", min: 0, default: 0, description: "with --beam-groups: how much a group is kept from taking what another took" },
  contrastive: {
    type: "number",
    min: 0,
    max: 1,
    description: "contrastive search instead of drawing, from --top-k characters (5 by default): how much likeness to what was said counts; 0.6 is usual",
  },
  "line-length": { type: "number", whole: true, min: 1, description: "write lines of so many characters, punctuation not counted, and none inside a line" },
  tune: { type: "text", hint: "name", description: "write to the pattern of a tune (詞牌), such as 浣溪沙: lengths of lines, and where punctuation stands" },
  tunes: {
    type: "text",
    hint: "file",
    description: "songs to learn tunes from: JSON lines of { cipai, author, lines }, gzipped or not; the sixty commonest tunes are known without",
  },
  rhyme: { type: "flag", description: "make lines rhyme: those of the --tune that do, or all of a --line-length; no character rhymes with itself" },
  "rhyme-by": {
    type: "choice",
    choices: ["final", "xinyun"],
    default: "final",
    description: "with --rhyme: by the same final of pinyin (山 and 南), or by the fourteen rhymes of 中華新韻 (花 and 家, too)",
  },
  "max-characters": { type: "number", whole: true, min: 1, default: 2000, description: "stop after so many characters in any case" },
  weights: {
    type: "choice",
    choices: ["f32", "int8"],
    description: "int8 is several times as fast where a model is large, and a little worse; as the model's file holds them, unless given",
  },
  backend: backendOption,
  json: jsonOption,
} as const;

export type WriteValues = Values<typeof writeOptions>;
