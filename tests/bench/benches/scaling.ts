import type { Bench, Output } from "../contract.ts";
import { compare } from "../compare/compare.ts";
import { type Contender, type Figures, openContender } from "../compare/contender.ts";
import { exponentOf, growthOf, type Points } from "../compare/fit.ts";
import { type Shape, shapeOf } from "../shapes.ts";
import { measureOurs } from "./measure-ours.ts";
import { CORES } from "./sides.ts";

/** Tokens of a sequence, or tokens that were read before. */
const LENGTHS = [16, 64, 256, 1024, 4096];

/** Sequences of a batch, few enough that the longest fit. */
const BATCH = 8;

/**
 * How time per token grows with the length of sequences in training (not at all, of recurrent nets) and with what was read before in
 * writing (linearly, of a GPT, beyond what a token costs anyway), how the memory of training grows (linearly), and what threads gain.
 */
export const scaling: Bench = async ({ threads = CORES }, output) => {
  for (const kind of ["lstm", "gru"]) await training(`${kind} char-rnn-128`, threads, output);
  for (const name of ["lstm char-rnn-128", "gpt-cpu"]) await writing(name, threads, output);
  if (threads === 1) output.note("scaling  threads: there is only one");
  else await gainOfThreads(threads, output);
};

async function training(name: string, threads: number, output: Output): Promise<void> {
  const trained = await eachLength((context) => openContender("train", { backend: "simd", threads, shape: { ...shapeOf(name), batch: BATCH, context } }));
  const times = points(trained, ({ value }) => 1e6 / (value as number));
  tellEach(output, `training ${name}, time of a token, sequences of`, threads, "µs", times);
  tell(output, `training ${name}, time of a token against length: 0 is flat`, threads, "exponent", exponentOf(times));
  const memory = points(trained, ({ heap }) => (heap as number) / 1e6);
  tellEach(output, `training ${name}, heap, sequences of`, threads, "MB", memory);
  tell(output, `training ${name}, growth of the heap with length: 1 is linear`, threads, "exponent", growthOf(memory));
}

async function writing(name: string, threads: number, output: Output): Promise<void> {
  const shape: Shape = { ...shapeOf(name), context: Math.max(...LENGTHS) + 1 };
  const written = await eachLength((after) => openContender("decode", { threads, shape, after }));
  const times = points(written, ({ value }) => value as number);
  tellEach(output, `writing with ${name}, time of a token, after`, threads, "µs", times);
  if (shape.kind === "gpt") tell(output, `writing with ${name}, growth of the time of a token with context: 1 is linear`, threads, "exponent", growthOf(times));
  else tell(output, `writing with ${name}, time of a token against length: 0 is flat`, threads, "exponent", exponentOf(times));
}

/** All threads against one: products, and training. */
async function gainOfThreads(threads: number, output: Output): Promise<void> {
  const sides = (open: (threads: number) => Promise<Contender>) => ({
    ours: [{ threads, open: () => open(threads) }],
    theirs: [{ peer: "one thread" as const, open: () => open(1) }],
  });
  const gemm = (count: number) => openContender("kernels", { what: "gemm", build: "relaxed", threads: count, size: 768 });
  await compare({ bench: "scaling", shape: "768³ relaxed", unit: "GFLOP/s", ...sides(gemm) }, output);
  for (const kind of ["lstm", "gru"]) {
    const name = `${kind} lyrics-512`;
    const train = (count: number) => openContender("train", { backend: "simd", threads: count, shape: shapeOf(name) });
    await compare({ bench: "scaling", shape: `training ${name}`, unit: "tokens/s", ...sides(train) }, output);
  }
}

const eachLength = (open: (length: number) => Promise<Contender>) => measureOurs(LENGTHS.map((length) => () => open(length)));

const points = (figures: readonly Figures[], pick: (figures: Figures) => number): Points => LENGTHS.map((length, i) => [length, pick(figures[i] as Figures)]);

function tell(output: Output, shape: string, threads: number, unit: "µs" | "MB" | "exponent", ours: number): void {
  output.line({ bench: "scaling", shape, threads, unit, ours, peer: null, peerValue: null, ratio: null });
}

function tellEach(output: Output, what: string, threads: number, unit: "µs" | "MB", found: Points): void {
  for (const [length, value] of found) tell(output, `${what} ${length}`, threads, unit, value);
}
