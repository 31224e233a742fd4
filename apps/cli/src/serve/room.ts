import type { LanguageModel } from "@refrain/infer";
import type { Sampler } from "@refrain/sampling";
import type { Batcher } from "./batcher.ts";
import type { Limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { Choices } from "./samplers-of.ts";
import type { ServiceEvent } from "./service-event.ts";
import type { Slots } from "./slots.ts";

/** What all requests to one service share. */
export type Room = {
  readonly model: LanguageModel;
  /** What the model is called. */
  readonly name: string;
  readonly limits: Limits;
  readonly slots: Slots;
  readonly batcher: Batcher;
  readonly metrics: Metrics;
  sampler(choices: Choices): Sampler;
  onEvent(event: ServiceEvent): void;
  /** Aborted, with a Refusal, when texts that are being written must end. */
  readonly ended: AbortSignal;
};
