import { UserError } from "../user-error.ts";
import type { ServeValues } from "./serve-options.ts";

/** The origin of pages that may ask, or none. @throws {UserError} when it is no origin. */
export function originOf({ cors }: ServeValues): string | undefined {
  if (cors === undefined || cors === "*") return cors;
  const origin = URL.canParse(cors) ? new URL(cors).origin : "null";
  if (origin === cors) return cors;
  const meant = origin === "null" ? "https://example.org, for one" : origin;
  throw new UserError(`--cors must be an origin as browsers send it, or *, but is ${JSON.stringify(cors)}. Write ${meant}.`, 2);
}
