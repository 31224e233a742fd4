import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../bin/refrain.js", import.meta.url));

export type Outcome = { readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string };

/** Starts the real command line; `done` settles when it has ended. */
export function start(args: readonly string[], prefix: readonly string[] = []): { child: ChildProcess; done: Promise<Outcome> } {
  const [command, ...rest] = [...prefix, process.execPath, BIN, ...args] as [string, ...string[]];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "",
    stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const done = new Promise<Outcome>((resolve) => child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })));
  return { child, done };
}

/** Runs the real command line to its end. */
export function refrain(...args: string[]): Promise<Outcome> {
  return start(args).done;
}

/** The JSON objects of an output of JSON lines. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
export function lines(stdout: string): any[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A folder for one test file, and paths in it. */
export function workshop(): { path(name: string): string; put(name: string, content: string | Uint8Array): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "refrain-cli-"));
  const path = (name: string) => join(folder, name);
  return {
    path,
    put(name, content) {
      writeFileSync(path(name), content);
      return path(name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Songs enough to train on, of few characters. */
export const SONGS: string = Array.from({ length: 60 }, (_, i) => `春風又綠江南岸，明月何時照我還。\n${"夢天山水花月"[i % 6]}裡不知身是客，一晌貪歡。\n`).join(
  "\n",
);

/** Options of a model that trains in no time. */
export const TINY: readonly string[] = ["--embedding", "6", "--hidden", "8", "--layers", "1", "--batch", "4", "--context", "12", "--warmup", "5"];

/** Options of a gpt that trains in no time. */
export const GPT: readonly string[] = "--model gpt --hidden 16 --heads 2 --layers 1 --batch 8 --context 12 --warmup 5".split(" ");
