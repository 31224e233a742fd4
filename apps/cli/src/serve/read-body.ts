import { Refusal } from "./refusal.ts";

/**
 * A request's body as JSON. Reads no byte more than it must.
 *
 * @throws {Refusal} 415 when it does not say that it is JSON, 413 when it is larger than `limit` bytes, 408 when it does not arrive whole, 400 when it is no JSON.
 */
export async function readBody(request: Request, limit: number): Promise<unknown> {
  const type = request.headers.get("Content-Type");
  if (!/^application\/json\s*(;|$)/i.test(type ?? ""))
    throw new Refusal(415, `The body must be JSON: send Content-Type: application/json, instead of ${type ? JSON.stringify(type) : "none"}.`);
  const tooLarge = () => new Refusal(413, `The body must be at most ${limit} bytes. Send a shorter prompt.`, { code: "body_too_large" });
  if (Number(request.headers.get("Content-Length") ?? 0) > limit) throw tooLarge();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let size = 0,
    text = "";
  const reader = request.body?.getReader();
  for (;;) {
    const chunk = await reader?.read().catch(() => {
      throw new Refusal(408, "The body did not arrive whole. Send it again.", { headers: { Connection: "close" } });
    });
    if (!chunk?.value) break;
    size += chunk.value.length;
    if (size > limit) throw tooLarge();
    text += decode(() => decoder.decode(chunk.value, { stream: true }));
  }
  text += decode(() => decoder.decode());
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `The body must be JSON, but is not: ${(error as Error).message}.`, { code: "invalid_json" });
  }
}

function decode(read: () => string): string {
  try {
    return read();
  } catch {
    throw new Refusal(400, "The body must be UTF-8, but is not. Encode it anew.", { code: "invalid_json" });
  }
}
