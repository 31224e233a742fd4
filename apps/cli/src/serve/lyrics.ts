import type { Context } from "hono";
import { answer } from "./answer.ts";
import { eventStream } from "./event-stream.ts";
import { lyricsRequest } from "./lyrics-request.ts";
import { parse } from "./parse.ts";
import { randomSeed } from "./random-seed.ts";
import { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import { textEvents } from "./text-events.ts";

/** `GET /lyrics`: server-sent events, whose data are JSON strings of the text; the last, `done`, tells the seed, and why the text ended. */
export function lyrics(room: Room): (context: Context) => Promise<Response> {
  const schema = lyricsRequest(room.limits.tokens);
  return async (context) => {
    const { signal } = context.req.raw;
    const query = context.req.queries();
    const twice = Object.keys(query).find((name) => query[name]?.length !== 1);
    if (twice !== undefined) throw new Refusal(400, `${twice} must come once, but comes ${query[twice]?.length} times.`, { param: twice });
    const { prompt, length, temperature, seed = randomSeed() } = parse(schema, context.req.query());
    const pieces = answer(room, { prompt, length, stop: [], choices: { temperature, seed }, signal });
    async function* events(): AsyncGenerator<string, void> {
      const { reason } = yield* textEvents(pieces, (text) => `data: ${JSON.stringify(text)}\n\n`);
      yield `event: done\ndata: ${JSON.stringify({ finish_reason: reason, seed })}\n\n`;
    }
    const failure = (error: Refusal) => `event: error\ndata: ${JSON.stringify(error)}\n\n`;
    return await eventStream(events(), { failure, stallMs: room.limits.stallMs, client: signal, ended: room.ended });
  };
}
