// Holds `refrain serve` to its word: 64 clients that read streams, others that leave or misbehave, for as long as --seconds says (60), and a while before.
import { loadLanguageModel } from "@refrain/infer";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { expectedText } from "./expected-text.ts";
import { MISCHIEF } from "./mischief.ts";
import { ask, type Interface, readStream, TOKEN } from "./read-stream.ts";
import { refrain, startServer } from "./server.ts";

const { seconds } = parseArgs({ options: { seconds: { type: "string", default: "60" } } }).values;
const SECONDS = Number(seconds);
/** The short form runs beside other tests, whose load says nothing of the server's: it checks no gaps, nor memory, which is not warm so soon. */
const FULL = SECONDS >= 30;
/** Seconds before, in which the heap takes the size that it keeps. */
const WARM_UP = FULL ? 30 : 0;
const CLIENTS = 64;
/** Texts that are known beforehand. */
const SEEDS = 48;
const PROMPT = "夢";
/** Longer, so that the server's events tell these texts from others. */
const LEAVERS_PROMPT = "夢夢";
const LENGTH = 150;
/** Milliseconds. */
const FREED_WITHIN = 100;
/** The longest that a stream may stand still, whatever others do. */
const LONGEST_GAP = 2000;
/** MB by which what is used may grow from the first third of the time to the last, once it is warm; and the share by which what the system gave may. */
const GROWTH = 3,
  GIVEN_GROWTH = 0.1;

const megabytes = (sizes: readonly number[]) => sizes.map((size) => size.toFixed(1)).join(", then ");
const failures: string[] = [];
const check = (right: boolean, what: string) => {
  if (!right) failures.push(what);
};
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

const folder = mkdtempSync(join(tmpdir(), "refrain-serve-"));
const path = join(folder, "writer");
await refrain("train", "default", "--layers", "1", "--embedding", "32", "--hidden", "64", "--steps", "100", "--out", path, "--json");
const model = await loadLanguageModel(readFileSync(join(path, "model.safetensors")));
const expected: string[] = [];
for (let seed = 0; seed < SEEDS; seed++) expected.push(await expectedText(model, PROMPT, LENGTH, seed));
check(new Set(expected).size === SEEDS, "the seeds write different texts");

// A place for each client, and for one that comes back before its last has become free. Nobody may wait: who finds none is refused.
const server = await startServer(
  path,
  "--token",
  TOKEN,
  "--concurrency",
  String(CLIENTS + 2),
  "--queue",
  "0",
  "--request-seconds",
  "2",
  "--grace",
  "20",
  "--log",
);
const { url } = server;
const begun = performance.now();
const running = () => performance.now() - begun < (WARM_UP + SECONDS) * 1000;

let streams = 0,
  tokens = 0,
  longestGap = 0;
async function client(number: number): Promise<void> {
  for (let i = 0; running(); i++) {
    const seed = (number * 7 + i) % SEEDS;
    const by: Interface = (number + i) % 2 === 0 ? "completions" : "lyrics";
    let text = "",
      last = performance.now();
    try {
      for await (const piece of readStream(await ask(url, by, { prompt: PROMPT, length: LENGTH, seed }), by)) {
        text += piece;
        const now = performance.now();
        longestGap = Math.max(longestGap, now - last);
        last = now;
        tokens++;
      }
      streams++;
      if (text !== expected[seed]) failures.push(`a stream of seed ${seed} was mixed: ${JSON.stringify(text)}`);
    } catch (error) {
      failures.push(`a stream failed: ${(error as Error).message}`);
    }
  }
}

/** When clients left in the middle, as the clock says, and for how long the server had waited for a processor by then. */
const left: { readonly time: number; readonly waited: number }[] = [];
/** Leaves in the middle, and comes back at once. */
async function leaver(): Promise<void> {
  while (running()) {
    const leaving = new AbortController();
    const response = await ask(url, left.length % 2 === 0 ? "lyrics" : "completions", {
      prompt: LEAVERS_PROMPT,
      length: 4096,
      seed: 1,
      signal: leaving.signal,
    });
    check(response.status === 200, `a client that comes back was refused with ${response.status}`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let i = 0; i < 5; i++) await reader.read();
    left.push({ time: Date.now(), waited: server.waited() });
    leaving.abort();
  }
}

const mischief = new Map<string, number>();
async function misbehave({ name, status, do: act }: (typeof MISCHIEF)[number]): Promise<void> {
  while (running()) {
    const got = await act(url).catch((error: Error) => error.message);
    check(got === status, `${name} got ${got} instead of ${status}`);
    mischief.set(name, (mischief.get(name) ?? 0) + 1);
    await setTimeout(500);
  }
}

/** MB that the process takes, and of them those of its objects and buffers. */
const sizes: { readonly given: number; readonly used: number }[] = [];
async function weigh(): Promise<void> {
  while (running()) {
    const told = await (await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } })).text();
    const [given, used] = [/^refrain_resident_memory_bytes (\d+)$/m, /^refrain_used_memory_bytes (\d+)$/m].map(
      (line) => Number(line.exec(told)?.[1]) / 2 ** 20,
    ) as [number, number];
    sizes.push({ given, used });
    await setTimeout(100);
  }
}

await Promise.all([...Array.from({ length: CLIENTS }, (_, i) => client(i)), leaver(), ...MISCHIEF.map(misbehave), weigh()]);
const elapsed = (performance.now() - begun) / 1000;

await setTimeout(10 * FREED_WITHIN);
// The server tells of a text when its place is free.
const freedAt = server.events.filter(({ event, read }) => event === "text" && read === LEAVERS_PROMPT.length);
const freed = freedAt.map(({ time }, i) => Date.parse(time as string) - (left[i]?.time as number));
// Without the time for which other programs had the processors, and the server could do nothing.
const own = freed.map((ms, i) => ms - ((freedAt[i]?.waited as number) - (left[i]?.waited as number)));
const warm = sizes.slice(Math.floor((sizes.length * WARM_UP) / (WARM_UP + SECONDS)));
const thirds = [0, 1, 2].map((part) => warm.slice((part * warm.length) / 3, ((part + 1) * warm.length) / 3));
// What remains after garbage was collected is the least of a time; the system gives in steps, and takes little back.
const used = thirds.map((part) => Math.min(...part.map((size) => size.used))) as [number, number, number];
const given = thirds.map((part) => median(part.map((size) => size.given))) as [number, number, number];
check(streams >= CLIENTS, `only ${streams} streams ended`);
if (FULL) check(longestGap < LONGEST_GAP, `a stream stood still for ${longestGap.toFixed()} ms`);
check(left.length > SECONDS && freed.length === left.length, `${left.length} clients left, and ${freed.length} places became free`);
check(Math.max(...own) < FREED_WITHIN, `a client that left freed its place after ${Math.max(...own).toFixed()} ms`);
if (FULL) {
  check(used[2] - used[0] < GROWTH, `what is used grew from ${megabytes(used)} MB`);
  check(given[2] < given[0] * (1 + GIVEN_GROWTH), `memory grew from ${megabytes(given)} MB`);
}

// It stops as it should: the stream that runs ends well, and the process with 0.
const last = await ask(url, "completions", { prompt: PROMPT, length: LENGTH, seed: 0 });
const exit = server.stop();
let text = "";
for await (const piece of readStream(last, "completions")) text += piece;
check(text === expected[0], "the stream that ran while it stopped is whole");
check((await exit) === 0, `refrain serve ended with ${await exit}`);
const told = server.events.map(({ event }) => event).filter((event) => event !== "request" && event !== "text");
check(told.join() === "loading,listening,stopping,stopped", `refrain serve told ${told.join()}`);
check(server.complaints() === "", `refrain serve complained: ${server.complaints()}`);
model.dispose();
rmSync(folder, { recursive: true });

console.log(
  `${CLIENTS} clients for ${elapsed.toFixed(1)} s: ${streams} streams, ${(tokens / elapsed).toFixed()} tokens/s, no gap over ${longestGap.toFixed()} ms`,
);
console.log(
  `${left.length} clients left; their places were free within ${median(freed)} ms (median), ${Math.max(...freed)} ms (most; ${Math.max(...own).toFixed()} ms on a processor)`,
);
console.log(`memory: ${megabytes(given)} MB, of which used, at least: ${megabytes(used)} MB`);
console.log(`misbehaved: ${Array.from(mischief, ([name, count]) => `${name} ${count}`).join(", ")}`);
for (const failure of failures.slice(0, 20)) console.error(`FAILED ${failure}`);
console.log(failures.length === 0 ? "passed" : `${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
