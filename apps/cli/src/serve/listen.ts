import { createAdaptorServer } from "@hono/node-server";
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { UserError } from "../user-error.ts";
import { Refusal } from "./refusal.ts";
import type { Service } from "./service.ts";

type ListenOptions = {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Bytes of a body that are not asked for where the client offers to wait. */
  readonly bodyBytes: number;
  /** Milliseconds within which a request must have arrived. */
  readonly requestMs: number;
  /** Milliseconds for which a client may take nothing of what it is sent. */
  readonly stallMs: number;
};

/** How often Node looks for requests that take too long. */
const CHECK_MS = 500;
/** What a client that is refused in the middle of its request gets to read the answer in. */
const LINGER_MS = 1000;
/** What last words get to leave in. */
const CLOSE_MS = 1000;

/** What is answered to what Node makes no request of, by its code: the status, its phrase, and why. */
const ANSWERS: Readonly<Record<string, readonly [number, string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request did not arrive in time. Send it faster."],
  HPE_HEADER_OVERFLOW: [
    431,
    "Request Header Fields Too Large",
    "The head of the request is too large. Put a long prompt into the body of POST /v1/completions.",
  ],
  HPE_INVALID_URL: [400, "Bad Request", "The address has characters that must be written by percent signs: 夢 as %E5%A4%A2."],
};

/** A service on a socket of Node's. @throws {UserError} when the address cannot be taken. */
export async function listen(service: Service, { host, port, bodyBytes, requestMs, stallMs }: ListenOptions): Promise<{ url: string; close(): Promise<void> }> {
  const asking = new WeakSet<Socket>();
  const server = createAdaptorServer({
    async fetch(request, bindings) {
      const { incoming, outgoing } = bindings as { incoming: IncomingMessage; outgoing: ServerResponse };
      const { socket } = incoming;
      asking.add(socket);
      outgoing.on("close", () => asking.delete(socket));
      // It also comes while an answer takes long, when there is nothing to take.
      outgoing.setTimeout(stallMs, () => {
        if (socket.writableLength > 0) socket.destroy();
      });
      const response = await service.fetch(request);
      // A little more to come does no harm, and the connection may serve again.
      if (!incoming.complete && !(lengthOf(incoming) <= bodyBytes)) {
        // Else Node would cut it off by itself, where the client asks for that.
        outgoing.shouldKeepAlive = true;
        outgoing.on("finish", () => linger(socket));
      }
      return response;
    },
    overrideGlobalObjects: false,
    autoCleanupIncoming: false,
    serverOptions: { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: Math.min(CHECK_MS, requestMs) },
  }) as Server;
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = refuse(error, socket);
    // Of a request that has begun, the service counts the answer itself.
    if (status !== undefined && !asking.has(socket)) service.count(status);
  });
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (!(lengthOf(request) > bodyBytes)) response.writeContinue();
    server.emit("request", request, response);
  });
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    throw listenFailure(error as NodeJS.ErrnoException, host, port);
  }
  const { address, port: taken, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    async close() {
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await new Promise((closed) => server.close(closed));
      clearTimeout(timer);
    },
  };
}

/** Bytes of a request's body, or NaN where it does not say. */
const lengthOf = ({ headers }: IncomingMessage) => Number(headers["content-length"] ?? Number.NaN);

/**
 * Lets a client that still sends read its answer: cut off at once, it might never see that. Nothing more is read from it, and it may not send
 * for ever.
 */
function linger(socket: Socket): void {
  socket.pause();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.on("close", () => clearTimeout(timer));
}

/** Answers what is no request, or did not arrive in time. Gives the status. */
function refuse({ code }: NodeJS.ErrnoException, socket: Socket): number | undefined {
  if (!socket.writable || code === "ECONNRESET") {
    socket.destroy();
    return undefined;
  }
  const [status, phrase, message] = ANSWERS[code as string] ?? [400, "Bad Request", "This is no HTTP request."];
  const body = JSON.stringify(new Refusal(status, message));
  const head = [`HTTP/1.1 ${status} ${phrase}`, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, "Connection: close"];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
  return status;
}

function listenFailure({ code, message }: NodeJS.ErrnoException, host: string, port: number): UserError {
  if (code === "EADDRINUSE") return new UserError(`--port ${port} is taken on ${host} already. Choose another one, or 0 for any that is free.`);
  if (code === "EACCES") return new UserError(`--port ${port} may not be taken by this user. Choose one from 1024 on.`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new UserError(`--host ${host} is no address of this machine. Choose one that is, 127.0.0.1 for one.`);
  return new UserError(`${host}:${port} cannot be listened on: ${message}.`);
}
