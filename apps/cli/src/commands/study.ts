import { command } from "../command.ts";
import { commandGroup } from "../command-group.ts";
import { addingOptions, runAddingStudy } from "../study/adding-study.ts";
import { memoryOptions, runMemoryStudy } from "../study/memory-study.ts";

const memory: ReturnType<typeof command> = command({
  name: "memory",
  description: "How far gradients reach: the norm of d loss / d hidden by distance from the loss, as a table and a picture",
  options: memoryOptions,
  examples: [
    ["refrain study memory", "fresh cells of 128 units over 100 steps"],
    ["refrain study memory --length 200 --trained adding --steps 3000", "the same cells after learning to add; minutes for each"],
    ["refrain study memory --cells lstm --forget-bias 3 --json", "one line of JSON for each part of the state, with every distance"],
  ],
  run: runMemoryStudy,
});

const adding: ReturnType<typeof command> = command({
  name: "adding",
  description: "Who can remember: train cells on the adding problem, each until it is solved, as progress and a picture",
  options: addingOptions,
  examples: [
    ["refrain study adding --length 50 --hidden 32", "a short one"],
    ["refrain study adding --length 200 --hidden 128 --batch 32 --steps 5000 --seed 1", "LSTM and GRU solve it, the plain net does not"],
  ],
  run: runAddingStudy,
});

export const study: ReturnType<typeof commandGroup> = commandGroup({
  name: "study",
  description: "Experiments on how recurrent nets remember",
  commands: [memory, adding],
});
