import type { MiddlewareHandler } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { Refusal } from "./refusal.ts";

/** Lets pass only who shows the token, as `Authorization: Bearer TOKEN`. How long it takes to refuse tells nothing of it. */
export function requireToken(token: string): MiddlewareHandler {
  return async (context, next) => {
    const [, shown] = /^Bearer +(\S+) *$/i.exec(context.req.header("Authorization") ?? "") ?? [];
    if (shown === undefined || !(await timingSafeEqual(shown, token)))
      throw new Refusal(401, `${shown === undefined ? "A token is required" : "The token is wrong"}: send Authorization: Bearer and the server's token.`, {
        code: "invalid_api_key",
        headers: { "WWW-Authenticate": "Bearer" },
      });
    await next();
  };
}
