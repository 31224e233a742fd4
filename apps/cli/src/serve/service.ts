import type { LanguageModel } from "@refrain/infer";
import { batcher } from "./batcher.ts";
import type { Limits } from "./limits.ts";
import { type MemoryUse, metrics } from "./metrics.ts";
import { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import { PATHS, routes } from "./routes.ts";
import { samplersOf } from "./samplers-of.ts";
import type { ServiceEvent } from "./service-event.ts";
import { slots } from "./slots.ts";

export type ServiceOptions = {
  readonly model: LanguageModel;
  /** What the model is called. */
  readonly name: string;
  readonly limits: Limits;
  /** Whoever does not show it is refused. */
  readonly token?: string | undefined;
  /** The origin of pages that may ask from a browser. */
  readonly cors?: string | undefined;
  /** Lets everything else have its turn, between tokens. */
  pause(): Promise<void>;
  readonly onEvent?: ((event: ServiceEvent) => void) | undefined;
  /** What memory the process takes, for the metrics, where it can be told. */
  readonly memory?: () => MemoryUse;
};

/** A model behind HTTP, wherever there is `fetch`: what knows a platform is not here. */
export type Service = {
  fetch(request: Request): Promise<Response>;
  /** Tells an answer that the platform gave without asking here. */
  count(status: number): void;
  /** Refuses what is new. Settles when all texts have ended; those that go on after so many milliseconds are ended. */
  stop(graceMs: number): Promise<void>;
};

export function service({ model, name, limits, token, cors: origin, pause, memory, onEvent = () => {} }: ServiceOptions): Service {
  const places = slots(limits);
  const told = metrics(places, memory);
  const controller = new AbortController();
  const room: Room = {
    model,
    name,
    limits,
    slots: places,
    batcher: batcher(model, pause),
    metrics: told,
    sampler: samplersOf(model),
    onEvent,
    ended: controller.signal,
  };
  let stopping = false;
  const app = routes(room, { token, origin, stopping: () => stopping });
  return {
    async fetch(request) {
      const begun = performance.now();
      const response = await app.fetch(request);
      const { method } = request;
      const { pathname: path } = new URL(request.url);
      const { status } = response;
      told.requests.add(1, { path: PATHS.includes(path) ? path : "other", status });
      onEvent({ event: "request", method, path, status, seconds: (performance.now() - begun) / 1000 });
      return response;
    },
    count: (status) => told.requests.add(1, { path: "other", status }),
    async stop(graceMs) {
      stopping = true;
      places.close();
      const late = () => controller.abort(new Refusal(503, "The server stopped before the text had its length.", { code: "stopping" }));
      const timer = setTimeout(late, graceMs);
      await places.empty();
      clearTimeout(timer);
    },
  };
}
