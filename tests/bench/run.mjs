// npm run bench -- [gemm | train | sample] [--json]: our figure, the peer's and the ratio, from one run.
// Peers: the machine's own multiply-add peak; PyTorch (Debian: apt-get install python3-torch libopenblas0-pthread) where it is installed.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { foldIn, generator, key, useBackend } from "@refrain/core";
import { randomWindows } from "@refrain/data";
import { loadKernels } from "@refrain/kernels";
import { crossEntropy } from "@refrain/losses";
import { samplerOf, temperature } from "@refrain/losses/sampling";
import { charRnn, generate, languageObjective } from "@refrain/models";
import { adamw, constant, train } from "@refrain/train";

const SHAPES = {
  "char-rnn-128": { vocabulary: 65, embedding: 64, hidden: 128, layers: 2, batch: 50, context: 50, steps: 40, tokens: 4000 },
  "lyrics-512": { vocabulary: 4000, embedding: 128, hidden: 512, layers: 2, batch: 32, context: 64, steps: 8, tokens: 600 },
};
/** Rounds in which ours and the peer take turns; medians are quoted. */
const ROUNDS = 3;

const names = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const json = process.argv.includes("--json");
const wanted = (name) => names.length === 0 || names.includes(name);
const unknown = names.filter((name) => !["gemm", "train", "sample"].includes(name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(", ")}; choose gemm, train or sample`);
  process.exit(2);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function report(bench, shape, unit, ours, peer, peerValue) {
  const ratio = peerValue === undefined ? undefined : ours / peerValue;
  if (json) console.log(JSON.stringify({ bench, shape, threads: 1, unit, ours, peer, peerValue, ratio }));
  else if (ratio === undefined) console.log(`${bench} ${shape}: ${ours.toFixed(0)} ${unit}; ${peer} is not installed`);
  else console.log(`${bench} ${shape}: ours ${ours.toFixed(1)}, ${peer} ${peerValue.toFixed(1)} ${unit}, ratio ${ratio.toFixed(2)}`);
}

async function gemm() {
  for (const build of ["relaxed", "simd"]) {
    const { heap, run } = await loadKernels({ build });
    const [a, b, c] = [0, 1, 2].map(() => heap.alloc(4 * 768 ** 2));
    heap.f32(a, 768 ** 2).fill(0.5);
    heap.f32(b, 768 ** 2).fill(0.5);
    const gflops = (flop, work) => {
      const started = performance.now();
      work();
      return flop / (performance.now() - started) / 1e6;
    };
    // Many short calls, as the engine compiles a kernel anew once it is found to be hot.
    for (let i = 0; i < 50; i++) run.peak(1000, 0.999, 1e-4);
    for (const size of [64, 256, 768]) {
      const ours = [],
        peak = [];
      for (let i = 0; i < 40; i++) {
        ours.push(
          gflops(2 * size ** 3 * 4, () => {
            for (let k = 0; k < 4; k++) run.gemm(false, false, size, size, size, a, size, b, size, 0, c, size, false);
          }),
        );
        peak.push(
          gflops(20_000 * 192, () => {
            run.peak(20_000, 0.999, 1e-4);
          }),
        );
      }
      report("gemm", `${size}³ ${build}`, "GFLOP/s", median(ours), "peak", median(peak));
    }
  }
}

/** Trained tokens per second of a fresh model on random tokens, and the model. */
async function trainOnce(cell, { batch, context, steps, ...sizes }) {
  const model = charRnn({ cell, vocabulary: sizes.vocabulary, embedding: sizes.embedding, hidden: sizes.hidden, layers: sizes.layers });
  const random = generator(key(1));
  const tokens = Int32Array.from({ length: 100_000 }, () => Math.floor(random() * sizes.vocabulary));
  let last;
  const speeds = [];
  for await (const event of train({
    params: model.init(key(1)),
    optimizer: adamw(),
    objective: languageObjective(model, (logits, labels) => crossEntropy(logits, labels)),
    batches: randomWindows(tokens, { batch, context }, 1),
    schedule: constant(1e-3),
    budget: { steps },
    clip: 1,
    key: foldIn(key(1), 1),
    reportEvery: 1,
  })) {
    if (event.event === "report") speeds.push(event.tokensPerSecond);
    last = event;
  }
  // As the peer does: the fastest step.
  return { speed: Math.max(...speeds), model, params: last.snapshot.params };
}

/** Sampled tokens per second, one stream, temperature 0.8. */
function sampleOnce({ model, params }, count) {
  const stream = generate(model, params, { prompt: [1], sampler: samplerOf([temperature(0.8)], generator(key(1))) });
  for (let i = 0; i < count / 10; i++) stream.next();
  const started = performance.now();
  for (let i = 0; i < count; i++) stream.next();
  const speed = (1000 * count) / (performance.now() - started);
  stream.return();
  return speed;
}

function torch(cell, shape) {
  const script = fileURLToPath(new URL("torch_peer.py", import.meta.url));
  const { status, stdout } = spawnSync("/usr/bin/python3", [script, cell, ...Object.values(shape).map(String)], { encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

async function recurrent() {
  await useBackend("simd");
  for (const [name, shape] of Object.entries(SHAPES)) {
    for (const cell of ["lstm", "gru"]) {
      const { steps, tokens, ...sizes } = shape;
      const rounds = [];
      for (let round = 0; round < ROUNDS; round++) {
        const trained = await trainOnce(cell, { ...sizes, steps });
        rounds.push({ train: trained.speed, sample: sampleOnce(trained, tokens), peer: torch(cell, sizes) });
      }
      const peer = (what) => (rounds[0].peer ? median(rounds.map((round) => round.peer[what])) : undefined);
      if (wanted("train")) report("train", `${cell} ${name}`, "tokens/s", median(rounds.map((round) => round.train)), "torch", peer("train"));
      if (wanted("sample")) report("sample", `${cell} ${name}`, "tokens/s", median(rounds.map((round) => round.sample)), "torch", peer("sample"));
    }
  }
}

if (wanted("gemm")) await gemm();
if (wanted("train") || wanted("sample")) await recurrent();
