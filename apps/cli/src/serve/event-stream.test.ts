import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventStream } from "./event-stream.ts";
import { Refusal } from "./refusal.ts";

const STALL = 60;

/** Events that count how many were made, and whether they were ended. */
function endless(length = Number.POSITIVE_INFINITY) {
  const state = { made: 0, ended: false };
  async function* events(): AsyncGenerator<string, void> {
    try {
      while (state.made < length) yield `data: ${++state.made}\n\n`;
    } finally {
      state.ended = true;
    }
  }
  const [client, service] = [new AbortController(), new AbortController()];
  const failure = ({ message }: Refusal) => `error: ${message}\n\n`;
  const response = eventStream(events(), { failure, stallMs: STALL, client: client.signal, ended: service.signal });
  return { state, client, service, response };
}

const read = async (response: Response, count: number) => {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  for (let i = 0; i < count; i++) text += new TextDecoder().decode((await reader.read()).value);
  return { text, reader };
};

describe("eventStream", () => {
  it("sends all events and ends", async () => {
    const { response, state } = endless(3);
    const answer = await response;
    expect(answer.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
    expect(await answer.text()).toBe("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    expect(state.ended).toBe(true);
  });

  it("throws what comes before the first event, so that it can be a status", async () => {
    // biome-ignore lint/correctness/useYield: it fails before
    async function* broken(): AsyncGenerator<string, void> {
      throw new Refusal(429, "full");
    }
    const { signal } = new AbortController();
    await expect(eventStream(broken(), { failure: String, stallMs: STALL, client: signal, ended: signal })).rejects.toMatchObject({ status: 429 });
  });

  it("makes no event before the one before was taken", async () => {
    const { response, state } = endless();
    const { text, reader } = await read(await response, 2);
    expect(text).toBe("data: 1\n\ndata: 2\n\n");
    await setTimeout(STALL / 3);
    expect(state).toEqual({ made: 2, ended: false });
    await reader.cancel();
    expect(state).toEqual({ made: 2, ended: true });
  });

  it("frees what a reader holds that takes nothing, and tells it when it comes back", async () => {
    const { response, state } = endless();
    const { reader } = await read(await response, 2);
    await setTimeout(STALL * 2);
    expect(state).toEqual({ made: 2, ended: true });
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("error: Nothing was read for 0.06 s.\n\n");
    expect((await reader.read()).done).toBe(true);
  });

  it("ends where the client goes away, though nobody cancels", async () => {
    const { response, state, client } = endless();
    await read(await response, 2);
    client.abort();
    await setTimeout();
    expect(state.ended).toBe(true);
  });

  it("ends with the service's reason, where that ends", async () => {
    const { response, state, service } = endless();
    const { reader } = await read(await response, 2);
    service.abort(new Refusal(503, "stopping"));
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("error: stopping\n\n");
    expect((await reader.read()).done).toBe(true);
    expect(state.ended).toBe(true);
  });

  it("listens no more when it is over", async () => {
    const { response, service } = endless(2);
    const { signal } = service;
    const listeners: unknown[] = [];
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners.push(args[1]);
      add(...args);
    };
    const remove = signal.removeEventListener.bind(signal);
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      expect(listeners.pop()).toBe(args[1]);
      remove(...args);
    };
    const answer = await response;
    expect(listeners.length).toBe(1);
    await answer.text();
    expect(listeners).toEqual([]);
  });
});
