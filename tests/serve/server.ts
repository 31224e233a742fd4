import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(import.meta.resolve("refrain/bin/refrain.js"));

/** A line that it printed: `loading`, `listening`, `request`, `text`, `stopping` or `stopped`. */
type ServerEvent = { readonly event: string; readonly url?: string; readonly read?: number; readonly time?: string };

export type Server = {
  readonly url: string;
  readonly child: ChildProcess;
  /** Whatever it said on standard error. */
  complaints(): string;
  /** What it told, in its order, and for how long it had waited by then. */
  readonly events: readonly (ServerEvent & { readonly waited: number })[];
  /** Milliseconds for which it was ready, but others had the processors; 0 where the system does not tell. */
  waited(): number;
  /** Ends it politely. Gives its exit code. */
  stop(): Promise<number | null>;
};

/** Runs the real command line to its end. */
export async function refrain(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`refrain ${args.join(" ")} ended with ${code}.`);
}

/** V8 lets its young objects' place grow for some minutes, by 130 MB in all, which would look like a leak. */
const SMALL = "--max-semi-space-size=4";

/** Starts the real `refrain serve`, on any free port. */
export async function startServer(...args: string[]): Promise<Server> {
  const child = spawn(process.execPath, [SMALL, BIN, "serve", ...args, "--port", "0", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  const events: (ServerEvent & { readonly waited: number })[] = [];
  const waited = () => {
    const told = `/proc/${child.pid}/task/${child.pid}/schedstat`;
    return existsSync(told) ? Number(readFileSync(told, "utf8").split(" ")[1]) / 1e6 : 0;
  };
  let complaints = "";
  child.stderr.on("data", (data) => {
    complaints += data;
  });
  const ended = once(child, "close");
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      const event = JSON.parse(line) as ServerEvent;
      events.push({ ...event, waited: waited() });
      if (event.event === "listening") resolve(event.url as string);
    });
    void ended.then(() => reject(new Error(`refrain serve ended: ${complaints}`)));
  });
  return {
    url,
    child,
    complaints: () => complaints,
    events,
    waited,
    async stop() {
      child.kill("SIGTERM");
      return (await ended)[0] as number | null;
    },
  };
}
