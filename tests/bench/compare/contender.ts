import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PYTHON } from "../peers.ts";

/** What a turn came to, by name. What a turn is measured in is the contender's `value`. */
export type Figures = Readonly<Record<string, number>>;

/** One side of a comparison, that takes turns with the others. */
export type Contender = {
  /** @throws {Error} with the contender's own words when it cannot do it. */
  turn(): Promise<Figures>;
  close(): void;
};

const BENCH = join(import.meta.dirname, "..");

/**
 * A contender in a Node process of its own, so that sides share neither memory nor threads nor code that is hot already. Ready once it is given.
 *
 * @param name of its file in contenders/
 * @param task what it is to do, as its file says
 * @param flags for Node
 * @throws {Error} with its own words when it cannot do it.
 */
export function openContender(name: string, task: object, flags: readonly string[] = []): Promise<Contender> {
  return open(process.execPath, [...flags, join(BENCH, "contenders", `${name}.ts`), JSON.stringify(task)], process.env);
}

/** PyTorch as a contender, on so many threads of its own and of the BLAS that it calls. */
export function openTorch(task: { readonly threads: number; readonly blasThreads: number; readonly [more: string]: unknown }): Promise<Contender> {
  const threads = { OMP_NUM_THREADS: String(task.threads), OPENBLAS_NUM_THREADS: String(task.blasThreads) };
  return open(PYTHON, [join(BENCH, "torch_peer.py"), JSON.stringify(task)], { ...process.env, ...threads });
}

/** Several contenders that take their turns at once, as one whose figures are the sums of theirs. */
export async function together(opening: readonly Promise<Contender>[]): Promise<Contender> {
  const contenders = await Promise.all(opening);
  return {
    async turn() {
      const turns = await Promise.all(contenders.map((contender) => contender.turn()));
      const names = Object.keys(turns[0] ?? {});
      return Object.fromEntries(names.map((name) => [name, turns.reduce((sum, figures) => sum + (figures[name] ?? 0), 0)]));
    },
    close: () => contenders.forEach((contender) => void contender.close()),
  };
}

/** A contender that takes each turn in a fresh process. */
export function freshEachTurn(opens: () => Promise<Contender>): Contender {
  return {
    async turn() {
      const contender = await opens();
      try {
        return await contender.turn();
      } finally {
        contender.close();
      }
    },
    close() {},
  };
}

async function open(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Contender> {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  const replies = repliesOf(child);
  try {
    await replies.next();
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    turn() {
      child.stdin.write("turn\n");
      return replies.next();
    },
    close: () => void child.kill(),
  };
}

/** What a process answers, line by line: "@ " and its figures in JSON, or "! " and why it cannot. Whatever else it prints is for nobody. */
function repliesOf(child: ChildProcessWithoutNullStreams): { next(): Promise<Figures> } {
  let waiting: { readonly resolve: (figures: Figures) => void; readonly reject: (error: Error) => void } | undefined;
  let complaint = "",
    ended: Error | undefined;
  const fail = (reason: string) => waiting?.reject(new Error(reason));
  const end = (reason: string) => {
    ended ??= new Error(reason);
    waiting?.reject(ended);
  };
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("@ ")) waiting?.resolve(JSON.parse(line.slice(2)) as Figures);
    else if (line.startsWith("! ")) fail(line.slice(2));
  });
  // Writing to one that has ended says so here too, after which its end is told.
  child.stdin.on("error", () => {});
  child.on("error", ({ message }) => end(message));
  child.on("close", (code, signal) => end(`it ended with ${signal ?? `code ${code}`}: ${gist(complaint)}`));
  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (ended) reject(ended);
      }),
  };
}

/** The line of a complaint that says what is wrong, among those that say where. */
function gist(complaint: string): string {
  const lines = complaint.trim().split("\n");
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1))?.trim() || "it said nothing";
}
