import { UserError } from "../user-error.ts";
import type { ServeValues } from "./serve-options.ts";

/** Whether only this machine reaches an address. */
const isLoopback = (host: string) => host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);

/** The token that clients must show, or none. @throws {UserError} when there is none though others could reach the server, or none that a header can hold. */
export function tokenOf({ host, token = process.env.REFRAIN_TOKEN || undefined }: ServeValues): string | undefined {
  if (token === undefined && !isLoopback(host))
    throw new UserError(`--host ${host} lets other machines in, which needs a --token, or REFRAIN_TOKEN. Set one, or listen on 127.0.0.1.`, 2);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new UserError("--token must be of printable ASCII characters without spaces, as a header holds it. Choose another one.", 2);
  return token;
}
