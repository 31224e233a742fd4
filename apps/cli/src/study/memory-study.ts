import { disposeTree, foldIn } from "@refrain/core";
import { startBackend } from "../load-writer.ts";
import type { Parsed } from "../options.ts";
import { checkBelongs } from "../run/check-belongs.ts";
import { watchInterrupt } from "../run/interrupt.ts";
import { addingNet, type AddingNet, type AddingParams } from "./adding-net.ts";
import { type CellName, cellsOf, keyOf } from "./cells.ts";
import { firstCheck } from "./first-check.ts";
import { memoryPicture, type ReachCurve } from "./memory-picture.ts";
import { memoryTable } from "./memory-table.ts";
import { pictureFile } from "./picture-file.ts";
import { reachOf } from "./reach-of.ts";
import { studyOptions } from "./study-options.ts";
import { teller } from "./teller.ts";
import { pointLine, trainAdding } from "./train-adding.ts";

export const memoryOptions = {
  length: { type: "number", whole: true, min: 2, default: 100, description: "steps of a sequence: how far to look back" },
  batch: { type: "number", whole: true, min: 1, default: 32, description: "sequences that the norms are taken over, and in a minibatch of training" },
  trained: { type: "choice", choices: ["adding"], description: "train the cells first, on the adding problem; otherwise fresh cells are looked at" },
  steps: { type: "number", whole: true, min: 1, description: "minibatches to train on, at most; 3000 by default" },
  out: { type: "text", default: "memory-study.svg", hint: "file", description: "where the picture goes" },
  ...studyOptions,
} as const;

/** `refrain study memory`: how far gradients reach. */
export async function runMemoryStudy({ values, given }: Parsed<typeof memoryOptions>): Promise<void> {
  for (const option of ["steps", "lr", "clip"]) checkBelongs(option, given.has(option), "trained", ["adding"], values.trained);
  const cells = cellsOf(values, given);
  const picture = await pictureFile(values.out);
  const backend = await startBackend(values.backend, "auto");
  const tell = teller(values.json);
  const what = `cells of ${values.hidden} units, ${values.trained ? "trained on the adding problem" : "fresh"}`;
  const curves: ReachCurve[] = [];
  const interrupt = watchInterrupt();
  try {
    for (const check of await firstCheck()) tell("check", check, `first check: ${check.weight}^${check.steps} = ${check.norm.toFixed(4)}`);
    for (const { name, cell } of cells) {
      const net = addingNet(cell);
      const params = await parametersOf(name, net);
      const found = params && (await reachOf(name, net, params, { ...values, seed: values.seed ^ LOOK }, interrupt.signal));
      if (params) disposeTree(params);
      if (!found) {
        tell("stopped", {}, "stopped; no picture was drawn.");
        process.exitCode = 130;
        return;
      }
      for (const [part, norms] of found) {
        tell("reach", { cell: name, part, norms });
        curves.push({ name: found.size === 1 ? name : `${name} ${part}`, norms, unit: found.get("h")?.[0] as number });
      }
    }
  } finally {
    interrupt.unwatch();
  }
  await picture.write(memoryPicture(curves, what));
  const heading = `norm of d loss / d hidden by distance from the loss, relative to that of h at the loss (its unit); ${what}, on ${backend}`;
  tell("done", { backend, out: picture.path }, "", heading, memoryTable(curves), "", `the picture is ${picture.path}`);

  /** Fresh or trained; undefined where the training was broken off. */
  async function parametersOf(name: CellName, net: AddingNet): Promise<AddingParams | undefined> {
    const from = keyOf(name, values.seed);
    if (!values.trained) return net.init(foldIn(from, 0));
    const { params, stopped } = await trainAdding(
      net,
      from,
      { ...values, steps: values.steps ?? 3000, evaluateEvery: 100 },
      (point) => tell("evaluation", { cell: name, ...point }, pointLine(name, point)),
      interrupt.signal,
    );
    if (!stopped) return params;
    disposeTree(params);
    return undefined;
  }
}

/** The sequences that the norms are taken over come from a seed that no training draws from. */
const LOOK = 0x20000000;
