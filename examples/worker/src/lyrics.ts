// The HTTP interface, which needs nothing but fetch's own classes. The Worker and the Deno Deploy script have it alike, byte by byte.
import { generate, type LanguageModel } from "@refrain/infer/edge";
import { banned, generator, key, type Sampler, samplerOf, temperature } from "@refrain/sampling";

/** Tokens of a prompt at most, and of an answer. */
const LONGEST = 1000;

const NAMES = ["prompt", "length", "temperature", "seed"];

const HEADERS = { "cache-control": "no-store", "access-control-allow-origin": "*" };

/** What is to be written. */
type Task = { readonly prompt: readonly number[]; readonly length: number; readonly sampler: Sampler; readonly seed: number };

/**
 * Answers `GET /?prompt=夢&length=200&temperature=0.8&seed=1` (or `/lyrics?…`, as `refrain serve` has it) with server-sent events: the data of each
 * are a piece of the text as a JSON string; those of the last, `done`, tell the seed. Every parameter may be left out.
 */
export function lyrics(model: LanguageModel): (request: Request) => Response {
  return ({ url, method }) => {
    const { pathname, searchParams } = new URL(url);
    if (pathname !== "/" && pathname !== "/lyrics") return failure(404, `There is no ${pathname}. Ask for /`);
    if (method !== "GET") return failure(405, `${method} is not answered. Use GET.`, { allow: "GET" });
    try {
      return new Response(streamOf(model, taskOf(model, searchParams)), { headers: { "content-type": "text/event-stream; charset=utf-8", ...HEADERS } });
    } catch (error) {
      if (error instanceof RangeError) return failure(400, error.message);
      throw error;
    }
  };
}

/** What a query asks for. @throws {RangeError} that says what is wrong with it. */
function taskOf({ tokenizer }: LanguageModel, query: URLSearchParams): Task {
  for (const name of query.keys())
    if (!NAMES.includes(name) || query.getAll(name).length > 1) throw new RangeError(`Give ${NAMES.join(", ")} once each, or not at all; but ${name} came.`);
  const number = (name: string, fallback: number, low: number, high: number, form = /^-?\d+$/) => {
    const text = query.get(name) ?? `${fallback}`;
    if (!form.test(text) || +text < low || +text > high)
      throw new RangeError(`${name} must be a number from ${low} to ${high}, but is ${JSON.stringify(text.slice(0, 80))}. All but temperature are whole.`);
    return +text;
  };
  const text = query.get("prompt") ?? "",
    missing = tokenizer.missing(text);
  if (missing.length > 0) throw new RangeError(`The model never saw ${missing.slice(0, 10).join(" ")}. Leave that out of the prompt.`);
  // Before the first line of a text stands a line's end, too, where the model knows it.
  const prompt = [...tokenizer.encode("\n"), ...tokenizer.encode(text)].filter((token) => token !== tokenizer.unknown);
  if (prompt.length < 1 || prompt.length > LONGEST) throw new RangeError(`The prompt must have 1 to ${LONGEST} tokens, but has ${prompt.length}.`);
  const seed = number("seed", Math.floor(Math.random() * 2 ** 32), -(2 ** 31), 2 ** 32 - 1);
  const warmth = temperature(number("temperature", 0.8, 0, 2, /^\d+(\.\d+)?$/));
  // The unknown mark is never written.
  const sampler = samplerOf([banned([tokenizer.unknown]), warmth], generator(key(seed)));
  return { prompt, length: number("length", 200, 1, LONGEST), sampler, seed };
}

/** The text as it is written, event by event. */
async function* eventsOf(model: LanguageModel, { prompt, length, sampler, seed }: Task, signal: AbortSignal): AsyncGenerator<string, void> {
  const session = model.session();
  try {
    let last = prompt.at(-1) as number;
    for await (const token of generate(session, prompt, sampler, { length, signal })) {
      // Words are set apart by spaces, so that what one adds to the text depends on there being another before it.
      const [before, text] = [[last], [last, token]].map(model.tokenizer.decode) as [string, string];
      yield `data: ${JSON.stringify(text.slice(before.length))}\n\n`;
      last = token;
    }
    yield `event: done\ndata: ${JSON.stringify({ finish_reason: "length", seed })}\n\n`;
  } finally {
    session.dispose();
  }
}

/** A body that is written as it is read: with a slow client nothing piles up, and when it goes away, the writing ends. */
function streamOf(model: LanguageModel, task: Task): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder(),
    stop = new AbortController(),
    events = eventsOf(model, task, stop.signal);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      stop.abort();
      await events.return();
    },
  });
}

const failure = (status: number, message: string, headers = {}) => Response.json({ error: { message } }, { status, headers: { ...HEADERS, ...headers } });
