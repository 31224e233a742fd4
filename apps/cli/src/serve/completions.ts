import type { Context } from "hono";
import { answer, type Ending } from "./answer.ts";
import { completionRequest } from "./completion-request.ts";
import { eventStream } from "./event-stream.ts";
import { parse } from "./parse.ts";
import { randomSeed } from "./random-seed.ts";
import { readBody } from "./read-body.ts";
import { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import { textEvents } from "./text-events.ts";

/** `POST /v1/completions`, as OpenAI has it: one text that goes on after the prompt, whole or as server-sent events. */
export function completions(room: Room): (context: Context) => Promise<Response> {
  const schema = completionRequest(room.limits.tokens);
  return async (context) => {
    const { signal } = context.req.raw;
    const {
      model,
      prompt,
      max_tokens: length,
      stop,
      stream,
      stream_options: options,
      ...choices
    } = parse(schema, await readBody(context.req.raw, room.limits.bodyBytes));
    if (model !== room.name)
      throw new Refusal(404, `The model ${JSON.stringify(model.slice(0, 80))} does not exist. This server has ${JSON.stringify(room.name)}.`, {
        param: "model",
        code: "model_not_found",
      });
    if (options && !stream) throw new Refusal(400, "stream_options has no meaning without stream: true. Leave it out.", { param: "stream_options" });
    const seed = choices.seed ?? randomSeed();
    const pieces = answer(room, { prompt, length, stop, choices: { ...choices, seed }, signal });

    const head = { id: `cmpl-${crypto.randomUUID()}`, object: "text_completion", created: Math.floor(Date.now() / 1000), model };
    const choice = (text: string, reason: Ending["reason"] | null) => ({ index: 0, text, logprobs: null, finish_reason: reason });
    if (!stream) {
      let text = "",
        step = await pieces.next();
      for (; !step.done; step = await pieces.next()) text += step.value;
      return context.json({ ...head, choices: [choice(text, step.value.reason)], usage: usageOf(step.value) });
    }

    const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
    const usage = options?.include_usage ? { usage: null } : {};
    async function* events(): AsyncGenerator<string, void> {
      const ending = yield* textEvents(pieces, (text) => event({ ...head, choices: [choice(text, null)], ...usage }));
      yield event({ ...head, choices: [choice("", ending.reason)], ...usage });
      if (options?.include_usage) yield event({ ...head, choices: [], usage: usageOf(ending) });
      yield "data: [DONE]\n\n";
    }
    return await eventStream(events(), { failure: event, stallMs: room.limits.stallMs, client: signal, ended: room.ended });
  };
}

function usageOf({ read, written }: Ending): object {
  return { prompt_tokens: read, completion_tokens: written, total_tokens: read + written };
}
