import { disposeTree } from "@refrain/core";
import { startBackend } from "../load-writer.ts";
import type { Parsed } from "../options.ts";
import { watchInterrupt } from "../run/interrupt.ts";
import { duration } from "../run/texts.ts";
import { addingNet } from "./adding-net.ts";
import { addingPicture } from "./adding-picture.ts";
import { cellsOf, keyOf } from "./cells.ts";
import { pictureFile } from "./picture-file.ts";
import { studyOptions } from "./study-options.ts";
import { teller } from "./teller.ts";
import { type AddingPoint, pointLine, SOLVED, trainAdding } from "./train-adding.ts";

export const addingOptions = {
  length: { type: "number", whole: true, min: 2, default: 200, description: "steps of a sequence" },
  batch: { type: "number", whole: true, min: 1, default: 32, description: "sequences in a minibatch" },
  steps: { type: "number", whole: true, min: 1, default: 5000, description: "minibatches, at most" },
  "evaluate-every": { type: "number", whole: true, min: 1, default: 100, description: "steps between measurements on held-out sequences" },
  out: { type: "text", default: "adding-study.svg", hint: "file", description: "where the picture of the errors goes" },
  ...studyOptions,
} as const;

/** `refrain study adding`: who can add two numbers that are far apart. */
export async function runAddingStudy({ values, given }: Parsed<typeof addingOptions>): Promise<void> {
  const cells = cellsOf(values, given);
  const picture = await pictureFile(values.out);
  const backend = await startBackend(values.backend, "auto");
  const tell = teller(values.json);
  const { length, hidden, batch, steps, lr, clip, seed } = values;
  tell(
    "start",
    { length, hidden, batch, steps, lr, clip, seed, solved: SOLVED, backend },
    `the adding problem over ${length} steps, cells of ${hidden} units, on ${backend}`,
    `solved is a mean squared error under ${SOLVED} on held-out sequences; always answering 1 has 0.1667`,
  );
  const curves = new Map<string, AddingPoint[]>();
  const interrupt = watchInterrupt();
  try {
    for (const { name, cell } of cells) {
      const curve: AddingPoint[] = [];
      curves.set(name, curve);
      const report = (point: AddingPoint) => {
        curve.push(point);
        tell("evaluation", { cell: name, ...point }, pointLine(name, point));
      };
      const options = { length, batch, steps, lr, clip, seed, evaluateEvery: values["evaluate-every"] };
      const { params, last, solved, stopped } = await trainAdding(addingNet(cell), keyOf(name, seed), options, report, interrupt.signal);
      disposeTree(params);
      if (stopped) {
        tell("stopped", { cell: name }, `${name} was stopped.`);
        process.exitCode = 130;
        break;
      }
      const { step, error, seconds } = last as AddingPoint;
      const verdict = solved ? `solved it in ${step} steps` : `did not solve it in ${step} steps`;
      tell("cell", { cell: name, solved, step, error, seconds }, `${name} ${verdict}: error ${error.toFixed(4)} after ${duration(seconds)}`, "");
    }
  } finally {
    interrupt.unwatch();
  }
  if (![...curves.values()].flat().length) return;
  await picture.write(addingPicture(curves, length, SOLVED));
  tell("done", { out: picture.path }, `the picture is ${picture.path}`);
}
