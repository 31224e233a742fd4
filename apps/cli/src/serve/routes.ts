import { type Handler, Hono } from "hono";
import { cors } from "hono/cors";
import { completions } from "./completions.ts";
import { lyrics } from "./lyrics.ts";
import { Refusal } from "./refusal.ts";
import { requireToken } from "./require-token.ts";
import type { Room } from "./room.ts";

/** What each path is asked by. What takes a place is not asked for its head alone. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  "/health": ["GET", "HEAD"],
  "/metrics": ["GET", "HEAD"],
  "/v1/models": ["GET", "HEAD"],
  "/v1/completions": ["POST"],
  "/lyrics": ["GET"],
};

export const PATHS: readonly string[] = Object.keys(METHODS);

type Rules = { readonly token: string | undefined; readonly origin: string | undefined; stopping(): boolean };

/** The service's paths, and what every request must keep to. */
export function routes(room: Room, { token, origin, stopping }: Rules): Hono {
  const created = Math.floor(Date.now() / 1000);
  const health: Handler = (context) => context.json({ status: stopping() ? "stopping" : "ready" }, stopping() ? 503 : 200);
  const app = new Hono();

  if (origin !== undefined) app.use(cors({ origin, allowMethods: ["GET", "POST"], allowHeaders: ["Authorization", "Content-Type"] }));
  // Asked by whoever watches over the server, who need not be let in.
  app.on(METHODS["/health"] as string[], "/health", health);
  if (token !== undefined) app.use(requireToken(token));
  app.use(async ({ req: { path, method } }, next) => {
    const methods = METHODS[path];
    if (!methods) throw new Refusal(404, `There is nothing at ${path}. See ${PATHS.join(", ")}.`, { code: "not_found" });
    if (!methods.includes(method))
      throw new Refusal(405, `${path} takes ${methods.join(" and ")}, not ${method}.`, { code: "method_not_allowed", headers: { Allow: methods.join(", ") } });
    if (stopping() && path !== "/metrics") throw Refusal.stopping();
    await next();
  });
  app.get("/metrics", (context) => context.text(room.metrics.text(), 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }));
  app.get("/v1/models", (context) => context.json({ object: "list", data: [{ id: room.name, object: "model", created, owned_by: "refrain" }] }));
  app.post("/v1/completions", completions(room));
  app.get("/lyrics", lyrics(room));
  app.onError((error) => {
    if (!(error instanceof Refusal)) room.onEvent({ event: "failure", error });
    return Refusal.of(error).response();
  });
  return app;
}
