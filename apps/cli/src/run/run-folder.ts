import { disposeTree, fillTree, loadTensors, readSafetensors, storeTensors, writeSafetensors, type TensorTree } from "@refrain/core";
import type { CharTokenizer } from "@refrain/data";
import { type LanguageModel, loadModel, saveModel } from "@refrain/models";
import type { OptimizerState, Progress } from "@refrain/train";
import { readCheckpoint, writeCheckpoint, writeWhole } from "@refrain/train/checkpoints";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFailure } from "../files.ts";
import type { About } from "../load-writer.ts";
import { UserError } from "../user-error.ts";
import type { History } from "./history.ts";
import { lasting, type Settings } from "./settings.ts";
import { writeNew } from "./write-new.ts";

/*
 * A run's folder: run.json (the settings), checkpoints/step-N (model, optimizer state, progress: what going on needs), and at the
 * end model.safetensors and loss.svg.
 */

/** Everything of a run that changes while it trains. */
export type RunState = {
  readonly params: TensorTree;
  readonly optimizerState: OptimizerState;
  readonly progress: Progress;
  readonly history: History;
};

export type RunFolder = {
  readonly path: string;
  saveCheckpoint(state: RunState): Promise<void>;
  saveModel(params: TensorTree): Promise<void>;
  /** Takes away the model of a run that goes on, which would pass for the newest. */
  dropModel(): Promise<void>;
  saveCurve(svg: string): Promise<void>;
};

const VERSION = 1;
const MODEL = "model.safetensors",
  OPTIMIZER = "optimizer.safetensors",
  PROGRESS = "progress.json";

/** Whether a folder holds a run. */
export async function holdsRun(path: string): Promise<boolean> {
  return (await stat(join(path, "run.json")).catch(() => undefined)) !== undefined;
}

/** The settings of the run in a folder. @throws {UserError} when there is none, or it is damaged. */
export async function readSettings(path: string): Promise<Settings> {
  const text = await readFile(join(path, "run.json"), "utf8").catch(() => undefined);
  if (text === undefined) throw new UserError(`${path} holds no run to go on with. Name the folder of one with --out, or leave --resume out to begin one.`);
  try {
    const { version, ...settings } = JSON.parse(text) as Settings & { version: number };
    if (version !== VERSION) throw new Error(`it is of version ${version}, and this release knows ${VERSION}`);
    return settings;
  } catch (error) {
    throw new UserError(`${join(path, "run.json")} cannot be used: ${(error as Error).message}.`);
  }
}

/** Writes a run's settings. @throws {Error} EEXIST when the run is new, but the folder holds one. */
export async function writeSettings(path: string, settings: Settings, isNew: boolean): Promise<void> {
  await (isNew ? writeNew : writeWhole)(join(path, "run.json"), `${JSON.stringify({ version: VERSION, ...lasting(settings) }, null, 2)}\n`);
}

/** What a run saves in its folder. */
export function runFolder(path: string, model: LanguageModel, tokenizer: CharTokenizer, about: About): RunFolder {
  const write = async (file: string, action: () => Promise<void>) =>
    await action().catch((error) => {
      throw writeFailure(error, join(path, file), "What was saved before is whole; make room and go on with --resume.");
    });
  const modelBytes = (params: TensorTree) => saveModel({ model, params, tokenizer: tokenizer.toJSON(), about });
  return {
    path,
    saveCheckpoint: ({ params, optimizerState, progress, history }) =>
      write("checkpoints", () =>
        writeCheckpoint(join(path, "checkpoints"), {
          step: progress.step,
          files: new Map([
            [MODEL, modelBytes(params)],
            [OPTIMIZER, writeSafetensors({ tensors: storeTensors(optimizerState), metadata: {} })],
            [PROGRESS, new TextEncoder().encode(JSON.stringify({ progress, history }))],
          ]),
        }),
      ),
    saveModel: (params) => write(MODEL, () => writeWhole(join(path, MODEL), modelBytes(params))),
    dropModel: () => write(MODEL, () => rm(join(path, MODEL), { force: true })),
    saveCurve: (svg) => write("loss.svg", () => writeWhole(join(path, "loss.svg"), svg)),
  };
}

/** The latest checkpoint of a run, its optimizer state shaped as `like` makes it; undefined where the run had none yet. */
export async function loadCheckpoint(path: string, like: (params: TensorTree) => OptimizerState): Promise<RunState | undefined> {
  const checkpoint = await readCheckpoint(join(path, "checkpoints"));
  if (!checkpoint && (await stat(join(path, MODEL)).catch(() => undefined)))
    throw new UserError(`${path} holds a trained model, but no checkpoint to go on from any more. Use the model as it is, or begin another run with --out.`);
  if (!checkpoint) return undefined;
  const file = (name: string) => {
    const bytes = checkpoint.files.get(name);
    if (!bytes) throw new UserError(`the checkpoint of step ${checkpoint.step} in ${path} lacks ${name}. Begin the run anew with another --out.`);
    return bytes;
  };
  const read = <T>(name: string, parse: (bytes: Uint8Array<ArrayBuffer>) => T): T => {
    try {
      return parse(file(name));
    } catch (error) {
      throw error instanceof UserError
        ? error
        : new UserError(`${name} of the checkpoint of step ${checkpoint.step} in ${path} cannot be used: ${(error as Error).message}`);
    }
  };
  const { params } = read(MODEL, loadModel);
  const optimizerState = read(OPTIMIZER, (bytes) => {
    const shape = like(params);
    const state = fillTree(shape, loadTensors(readSafetensors(bytes).tensors));
    disposeTree(shape);
    return state;
  });
  return { params, optimizerState, ...read(PROGRESS, parseProgress) };
}

function parseProgress(bytes: Uint8Array): Pick<RunState, "progress" | "history"> {
  const { progress, history } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<RunState>;
  if (!Number.isInteger(progress?.step) || !Array.isArray(history?.training) || !Array.isArray(history?.validation))
    throw new Error("it does not say where the run stands.");
  return { progress: progress as Progress, history };
}
