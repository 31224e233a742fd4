import { type Counter, counter } from "./counter.ts";
import { type Histogram, histogram } from "./histogram.ts";
import type { Slots } from "./slots.ts";

/** What a service tells of itself. */
export type Metrics = {
  /** Answers, by path and status. */
  readonly requests: Counter;
  /** Tokens read and written. */
  readonly tokens: Counter;
  /** Seconds from a request to its first token, and to its end. */
  readonly firstToken: Histogram;
  readonly duration: Histogram;
  /** All of it in Prometheus's text format. */
  text(): string;
};

/** Bytes of memory that a process takes: of the machine's, and of those its objects and buffers, what is garbage by now included. */
export type MemoryUse = { readonly resident: number; readonly used: number };

export function metrics(slots: Slots, memory?: () => MemoryUse): Metrics {
  const requests = counter("refrain_requests_total", "Answers, by path and status.");
  const tokens = counter("refrain_tokens_total", "Tokens of prompts that were read, and tokens that were written.");
  const firstToken = histogram("refrain_first_token_seconds", "From a request to the first token of its text.");
  const duration = histogram("refrain_text_seconds", "From a request to the end of its text.");
  const gauge = (name: string, help: string, value: number) => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
  return {
    requests,
    tokens,
    firstToken,
    duration,
    text() {
      const use = memory?.();
      const now = [
        ...gauge("refrain_running", "Texts that are being written.", slots.running),
        ...gauge("refrain_waiting", "Requests that wait for a place.", slots.waiting),
        ...(use ? gauge("refrain_resident_memory_bytes", "Memory of the machine that the process takes.", use.resident) : []),
        ...(use ? gauge("refrain_used_memory_bytes", "Memory of its objects and buffers, with what nobody needs any more.", use.used) : []),
      ];
      return `${[...[requests, tokens, firstToken, duration].flatMap((metric) => metric.lines()), ...now].join("\n")}\n`;
    },
  };
}
