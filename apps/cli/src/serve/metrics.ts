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

export function metrics(slots: Slots): Metrics {
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
      const now = [
        ...gauge("refrain_running", "Texts that are being written.", slots.running),
        ...gauge("refrain_waiting", "Requests that wait for a place.", slots.waiting),
      ];
      return `${[...[requests, tokens, firstToken, duration].flatMap((metric) => metric.lines()), ...now].join("\n")}\n`;
    },
  };
}
