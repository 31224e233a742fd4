import { key, named, useBackend } from "@refrain/core";
import { type Tensor2D, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { attendingDecoder } from "./attending-decoder.ts";
import type { AttendingDecoderConfig } from "./attending-decoder-config.ts";
import { DECODERS, decoderInput, decoderParams, toyDecoder } from "./attending-decoder.test-helper.ts";
import { toyCell } from "./toy-cell.test-helper.ts";

describe("attendingDecoder", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(DECODERS)("has a config that builds the same layer again: %s", (_, config) => {
    const decoder = toyDecoder(config);
    const { cell, ...rest } = JSON.parse(JSON.stringify(decoder.config)) as AttendingDecoderConfig & {
      cell: { kind: string; config: { inputSize: number; hiddenSize: number } };
    };
    const again = attendingDecoder(toyCell(cell.config.inputSize, cell.config.hiddenSize), rest);
    expect(again).toMatchObject({ kind: "attending-decoder", config: decoder.config, inputSize: 2, outputSize: decoder.outputSize });
    const params = decoderParams(config);
    expect(again.apply(params, decoderInput(config)).outputs.dataSync()).toEqual(decoder.apply(params, decoderInput(config)).outputs.dataSync());
  });

  it("has parameters for its cell, its similarity and its output, each from numbers of its own", () => {
    const shapes = (config: AttendingDecoderConfig) => [...named(toyDecoder(config).init(key(1)) as never)].map(([path, { shape }]) => `${path} ${shape}`);
    const cell = (reads: number) => [`cell.input.weight 3,${reads}`, "cell.input.bias 3", "cell.hidden.weight 3,3"];
    expect(shapes({ memoryFeatures: 3, similarity: "dot" })).toEqual([...cell(2), "combine.weight 3,6"]);
    expect(shapes({ memoryFeatures: 4, features: 5 })).toEqual([...cell(2), "score.weight 3,4", "combine.weight 5,7"]);
    expect(shapes({ memoryFeatures: 4, similarity: "additive", hidden: 6, coverage: true, query: "last" })).toEqual([
      ...cell(6),
      ...["score.weightQuery 6,3", "score.weightKey 6,4", "score.weightScore 6", "score.weightCoverage 6"],
      "combine.weight 3,7",
    ]);
  });

  it.each<[Partial<AttendingDecoderConfig>, string]>([
    [{ memoryFeatures: 0 }, "memoryFeatures must be a whole number of at least 1, but is 0"],
    [{ features: 1.5 }, "features must be a whole number of at least 1, but is 1.5"],
    [{ similarity: "additive", hidden: -1 }, "hidden must be a whole number of at least 1, but is -1"],
    [{ hidden: 3 }, "hidden says how many units the additive similarity has, but the similarity is general: leave it out"],
    [{ coverage: true }, "only the additive similarity can take in coverage, but the similarity is general"],
    [{ similarity: "dot" }, "dot needs a memory of as many features as the cell has hidden units, but they are 4 and 3"],
    [{ similarity: "near" as never, memoryFeatures: 3 }, 'the similarity must be dot, scaled-dot, cosine, general or additive, but is "near"'],
    [{ query: "next" as never }, 'query must be "new" or "last", but is "next"'],
    [{ query: "last" }, "the cell must read more features than the 4 that are fed into it, but reads 2"],
    [{ inputFeeding: true }, "the cell must read more features than the 3 that are fed into it, but reads 2"],
  ])("refuses %j", (wrong, message) => {
    expect(() => attendingDecoder(toyCell(2, 3), { memoryFeatures: 4, ...wrong })).toThrow(message);
  });

  it("refuses inputs and states that do not fit", () => {
    const config = { memoryFeatures: 4, query: "last" } as const;
    const decoder = toyDecoder(config),
      params = decoderParams(config),
      good = decoderInput(config);
    const refused = (input: object) => expect(() => decoder.apply(params, { ...good, ...input }));
    const empty = (...shape: number[]) => zeros(shape);
    refused({ x: empty(3, 4, 3) }).toThrow("attendingDecoder: x must be [3, time, 2], as there are 3 memories, but is [3,4,3].");
    refused({ x: empty(3, 0, 2) }).toThrow("x must be [3, time, 2]");
    refused({ x: empty(3, 2) }).toThrow("x must be [3, time, 2], as there are 3 memories, but is [3,2]");
    refused({ x: empty(1, 4, 2) }).toThrow("x must be [3, time, 2]");
    refused({ memory: empty(3, 5, 3) }).toThrow("attendingDecoder: the memory must be [batch, key, 4], but is [3,5,3].");
    refused({ memoryLengths: [1, 2] }).toThrow("one for each of the 3 sequences must be given, but there are 2");
    refused({ memoryLengths: [1, 2, 6] }).toThrow("a whole number from 0 to the batch's 5 steps, but lengths[2] is 6");
    refused({ state: { cell: { h: empty(1, 3) } } }).toThrow("the cell's state must have a row for each of the 3 sequences, but has a part [1,3]");
    refused({ state: { hidden: empty(3, 2) } }).toThrow("the state's hidden must be [3,3], but is [3,2]");
    refused({ state: { coverage: empty(3, 5) } }).toThrow("the state has coverage, but the decoder was made without it");
    const remembered = decoder.remember(params, good.memory as Tensor3D);
    expect(() => decoder.step(params, {}, zeros([3, 4]) as Tensor2D, remembered)).toThrow("x must be [3, 2], as there are 3 memories, but is [3,4]");
  });
});
