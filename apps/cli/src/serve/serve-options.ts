import type { Values } from "../options.ts";
import { jsonOption } from "../shared-options.ts";

/** The options of `refrain serve`. */
export const serveOptions = {
  host: { type: "text", hint: "address", default: "127.0.0.1", description: "the address to listen on; beyond this machine a token is required" },
  port: { type: "number", whole: true, min: 0, max: 65535, default: 8080, description: "the port to listen on; 0 takes any that is free" },
  token: { type: "text", description: "serve only who sends Authorization: Bearer and this; the variable REFRAIN_TOKEN hides it from lists of processes" },
  name: { type: "text", description: "what the model is called in requests; the name of its file or folder, unless given" },
  weights: {
    type: "choice",
    choices: ["f32", "int8"],
    description: "int8 is several times as fast where a model is large, and a little worse; as the model's file holds them, unless given",
  },
  concurrency: { type: "number", whole: true, min: 1, max: 4096, default: 64, description: "texts that are written at once; they take turns, token by token" },
  queue: { type: "number", whole: true, min: 0, default: 256, description: "requests that wait for a place; one more is refused with 429" },
  "queue-seconds": { type: "number", above: 0, max: 3600, default: 30, description: "how long they wait, before they are refused with 503" },
  "max-tokens": { type: "number", whole: true, min: 1, default: 4096, description: "the most tokens that an answer may be asked to have" },
  "max-body": { type: "number", whole: true, min: 1, default: 65536, description: "the largest body of a request, in bytes; beyond it is 413" },
  "request-seconds": { type: "number", above: 0, max: 3600, default: 10, description: "how long a request may take to arrive, before it is refused with 408" },
  "stall-seconds": { type: "number", above: 0, max: 3600, default: 30, description: "how long a reader may take nothing, before it loses its place" },
  grace: { type: "number", min: 0, max: 86400, default: 30, description: "seconds for which texts may go on after Ctrl-C or SIGTERM" },
  cors: { type: "text", hint: "origin", description: "let pages of this origin ask, https://example.org for one; none may, unless given" },
  log: { type: "flag", description: "print a line for each answer and each text: on standard error, or with --json on standard output" },
  json: jsonOption,
} as const;

export type ServeValues = Values<typeof serveOptions>;
