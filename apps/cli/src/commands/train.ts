import { command } from "../command.ts";
import { runTraining } from "../run/run-training.ts";
import { trainOptions } from "../run/train-options.ts";

export const trainCommand: ReturnType<typeof command> = command({
  name: "train",
  description: "Train a character-level writer on a text and save it",
  positionals: [
    {
      name: "CORPUS",
      description: "a UTF-8 text file, a sentence a line, a blank line between songs; the word default for the embedded lyrics",
      required: true,
    },
  ],
  options: trainOptions,
  examples: [
    ["refrain train default --minutes 2", "two minutes on the embedded classical Chinese lyrics"],
    ["refrain train lyrics.txt --model gru --hidden 256 --steps 5000 --out runs/mine", "a larger GRU, into a folder of your choice"],
    ["refrain train lyrics.txt --model gpt --heads 4 --context 64 --lr 0.001", "a small Transformer that sees 64 characters at once"],
    ["refrain train lyrics.txt --loss focal --class-weights balanced", "focal loss and weights against the tyranny of frequent characters"],
    ["refrain train lyrics.txt --out runs/mine --resume", "go on with a run that was stopped"],
  ],
  run: runTraining,
});
