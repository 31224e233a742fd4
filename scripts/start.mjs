// npm start: sets everything up, trains the default lyric writer for about two minutes and lets it write.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, run, setup } from "./setup.mjs";

const OUT = join("runs", "start");
const MODEL = "--model lstm --layers 1 --hidden 256 --embedding 128 --dropout 0.6".split(" ");
const TRAINING = "--batch 16 --context 32 --lr 0.004 --weight-decay 0.1 --warmup 50 --minutes 2 --report-every 100 --evaluate-every 500".split(" ");

const refrain = (...args) => run("node", [join("apps", "cli", "bin", "refrain.js"), ...args]);
const heading = (text) => console.log(`\n${text}\n`);

setup();
console.log("building…");
run("turbo", ["run", "build", "--filter=refrain...", "--output-logs=errors-only", "--log-order=grouped"]);

if (existsSync(join(root, OUT, "model.safetensors"))) {
  console.log(`${OUT} holds a trained writer already; delete it to train another.`);
} else {
  heading("training on 1,237 classical Chinese lyrics (Ctrl-C saves; npm start goes on)");
  const resume = existsSync(join(root, OUT, "run.json")) ? ["--resume"] : [];
  refrain("train", "default", ...MODEL, ...TRAINING, "--out", OUT, ...resume);
}

for (const start of ["夢", "天"]) {
  heading(`【用「${start}」發想歌詞...】`);
  refrain("write", OUT, "--start", start, "--lines", "6");
}

console.log(`
What to try next:
  npx refrain write ${OUT} --start 春風 --temperature 0.5     safer lines; 1.2 is bolder, 0 repeats itself
  npx refrain rewrite ${OUT} "明月幾時有。"                   how it would have written that line
  npx refrain train YOUR.txt --minutes 5                      a writer of your own texts
  npx refrain train default --loss focal --gamma 2            focal loss against the tyranny of frequent characters
  npx refrain --help
`);
