// The HTTP interface, which needs nothing but fetch's own classes. The Worker and the Deno Deploy script have it alike, byte by byte.
import { generate, type LanguageModel } from "@refrain/infer/edge";
import { banned, generator, key, samplerOf, temperature } from "@refrain/sampling";

/** Tokens of a prompt at most, and of an answer. */
const LONGEST = 1000;

const WHOLE = /^-?\d+$/,
  DECIMAL = /^\d+(\.\d+)?$/;

/** Of every answer. */
const HEADERS = { allow: "GET", "cache-control": "no-store", "access-control-allow-origin": "*" };

/**
 * Answers `GET /?prompt=夢&length=200&temperature=0.8&seed=1` (or `/lyrics?…`, as `refrain serve` has it) with server-sent events: the data of each
 * are a piece of the text as a JSON string; those of the last, `done`, tell the seed. Every parameter may be left out.
 */
export function lyrics(model: LanguageModel): (request: Request) => Response {
  return ({ url, method, signal }) => {
    const { pathname, searchParams } = new URL(url);
    if (pathname !== "/" && pathname !== "/lyrics") return failure(404, `There is no ${pathname}. Ask for /`);
    if (method !== "GET") return failure(405, `${method} is not answered. Use GET.`);
    try {
      const body = streamOf(eventsOf(model, searchParams, signal));
      return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8", ...HEADERS } });
    } catch (error) {
      if (error instanceof RangeError) return failure(400, error.message);
      throw error;
    }
  };
}

/**
 * The events that a query asks for, each made when it is asked for. The signal ends the reading of a long prompt, too.
 *
 * @throws {RangeError} at once, which says what is wrong with the query.
 */
function eventsOf(model: LanguageModel, query: URLSearchParams, signal: AbortSignal): AsyncGenerator<string, void> {
  const { tokenizer } = model;
  const given = Object.fromEntries(query);
  const { prompt: start = "", length: tokens = "200", temperature: warmth = "0.8", seed: number = `${Math.floor(Math.random() * 2 ** 32)}`, ...others } = given;
  if (Object.keys(others).length > 0 || query.size > Object.keys(given).length)
    throw new RangeError(`Only prompt, length, temperature and seed may be given, each once, but there is ${`${query}`.slice(0, 80)}`);
  const missing = tokenizer.missing(start);
  if (missing.length > 0) throw new RangeError(`The model does not know ${missing.slice(0, 10).join(" ")}.`);
  // Before the first line of a text stands a line's end, too, where the model knows it.
  const prompt = [...tokenizer.encode("\n"), ...tokenizer.encode(start)].filter((token) => token !== tokenizer.unknown);
  const length = within("length", tokens, WHOLE, 1, LONGEST),
    seed = within("seed", number, WHOLE, -(2 ** 31), 2 ** 32 - 1);
  within("the prompt's number of tokens", `${prompt.length}`, WHOLE, 1, LONGEST);
  // The unknown mark is never written.
  const sampler = samplerOf([banned([tokenizer.unknown]), temperature(within("temperature", warmth, DECIMAL, 0, 2))], generator(key(seed)));
  return (async function* () {
    const session = model.session();
    try {
      let last = prompt.at(-1) as number;
      for await (const token of generate(session, prompt, sampler, { length, signal })) {
        // Words are set apart by spaces, so that what one adds to the text depends on there being another before it.
        const [before, text] = [[last], [last, token]].map(tokenizer.decode) as [string, string];
        yield `data: ${JSON.stringify(text.slice(before.length))}\n\n`;
        last = token;
      }
      yield `event: done\ndata: ${JSON.stringify({ finish_reason: "length", seed })}\n\n`;
    } finally {
      session.dispose();
    }
  })();
}

/** A number that was given as text. @throws {RangeError} unless it has the form, and lies within its bounds. */
function within(name: string, text: string, form: RegExp, low: number, high: number): number {
  const value = Number(text);
  if (form.test(text) && value >= low && value <= high) return value;
  throw new RangeError(`${name} must be a ${form === WHOLE ? "whole " : ""}number from ${low} to ${high}, but is ${JSON.stringify(text.slice(0, 80))}.`);
}

/** A body that is written as it is read: with a slow client nothing piles up, and when it goes away, the writing ends. */
function streamOf(events: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await events.return();
    },
  });
}

const failure = (status: number, message: string) => Response.json({ error: { message } }, { status, headers: HEADERS });
