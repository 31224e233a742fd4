import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

// Each in a process of its own: memory that had grown before would hide what a training asks for.
describe.each(["lstm char-rnn-128", "gru char-rnn-128", "gpt-cpu"])("training %s", (name) => {
  it.each([1, 2])("asks for no more WebAssembly memory after its first step, on %d threads", { timeout: 60_000 }, (threads) => {
    const { first, last } = JSON.parse(
      execFileSync(process.execPath, [join(import.meta.dirname, "first-and-last.ts"), name, String(threads)], { encoding: "utf8" }),
    );
    expect(first).toBeGreaterThan(2 ** 22);
    expect(last).toBe(first);
  });
});
