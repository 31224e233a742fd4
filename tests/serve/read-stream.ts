export const TOKEN = "a-token-for-tests";

/** Which interface a text is asked for by. */
export type Interface = "completions" | "lyrics";

export type Ask = { readonly prompt: string; readonly length: number; readonly seed: number; readonly signal?: AbortSignal };

/** Asks for a stream of text. */
export async function ask(url: string, by: Interface, { prompt, length, seed, signal = new AbortController().signal }: Ask): Promise<Response> {
  const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
  if (by === "lyrics") {
    const query = new URLSearchParams({ prompt, length: String(length), temperature: "1", seed: String(seed) });
    return await fetch(`${url}/lyrics?${query}`, { headers, signal });
  }
  const body = JSON.stringify({ model: "writer", prompt, max_tokens: length, seed, stream: true });
  return await fetch(`${url}/v1/completions`, { method: "POST", headers, body, signal });
}

/** The pieces of a stream as they come. @throws {Error} unless it begins well and ends as it should. */
export async function* readStream(response: Response, by: Interface): AsyncGenerator<string, void> {
  if (response.status !== 200) throw new Error(`a stream was refused with ${response.status}: ${await response.text()}`);
  let rest = "",
    last = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    const events = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = events.pop() as string;
    for (const event of events) {
      last = event;
      if (event.startsWith("event: ") || event === "data: [DONE]") continue;
      const data = JSON.parse(event.slice("data: ".length));
      yield by === "lyrics" ? data : data.choices[0].text;
    }
  }
  if (rest !== "" || !(by === "lyrics" ? last.startsWith("event: done\n") : last === "data: [DONE]"))
    throw new Error(`a stream was cut off after ${JSON.stringify(last + rest)}`);
}
