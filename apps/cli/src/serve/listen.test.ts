import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { listen } from "./listen.ts";
import { LIMITS, testService } from "./testing.test-helper.ts";

const CHUNK = Buffer.alloc(2 ** 16, " ");
const REQUEST_MS = 300;
const closing: (() => Promise<void>)[] = [];

async function listening(limits = LIMITS) {
  const serving = await testService({ limits });
  const { url, close } = await listen(serving, { host: "127.0.0.1", port: 0, requestMs: REQUEST_MS, ...limits });
  closing.push(close);
  const port = Number(new URL(url).port);
  /** A socket to it that has sent this, and all that came back. */
  function send(text: string): { socket: Socket; answer: Promise<string> } {
    const socket = connect(port, "127.0.0.1");
    socket.write(text);
    return { socket, answer: text === "" ? Promise.resolve("") : received(socket) };
  }
  const running = async () => Number(/^refrain_running (\d+)$/m.exec(await (await serving.get("/metrics")).text())?.[1]);
  const count = async (status: number) => Number(new RegExp(`status="${status}"} (\\d+)`).exec(await (await serving.get("/metrics")).text())?.[1] ?? 0);
  return { url, send, running, count, close, serving };
}

async function received(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (data) => {
    text += data;
  });
  socket.on("error", () => {});
  await once(socket, "close");
  return text;
}

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const head = (length: number) => `POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n`;
const lyrics = (query: string) => `GET /lyrics?${query} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Waits until it is so. Gives the milliseconds that took. */
async function until(so: () => Promise<boolean>): Promise<number> {
  const begun = performance.now();
  while (!(await so())) await setTimeout(1);
  return performance.now() - begun;
}

describe("listen", () => {
  it("serves over HTTP", async () => {
    const { url } = await listening();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${url}/lyrics?length=5&prompt=${encodeURIComponent("夢")}`);
    expect((await response.text()).match(/^data: "/gm)?.length).toBe(5);
  });

  it.each([
    ["whose head does not arrive", "GET /lyrics HTTP/1.1\r\nHost:", 408, /did not arrive in time/],
    ["whose body does not arrive", `${head(50)}\r\n{ "mod`, 408, /did not arrive in time/],
    ["that is none", "夢\r\n\r\n", 400, /no HTTP request/],
    ["with a prompt as it is in its address", lyrics("prompt=夢"), 400, /%E5%A4%A2/],
    ["with a head that is too large", `GET /lyrics HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`, 431, /too large/],
  ])("answers a request %s", async (_, text, status, message) => {
    const { send, count } = await listening();
    const answer = await send(text).answer;
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z]`));
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toMatchObject({ error: { message: expect.stringMatching(message), code: null } });
    expect(answer).toMatch(/^Connection: close\r$/m);
    await setTimeout(20);
    expect(await count(status)).toBe(1);
  });

  it("answers 413 before a body that is too large has come, or was asked for", async () => {
    const { send, count } = await listening();
    for (const text of [`${head(1e8)}\r\n{`, `${head(1e8)}Expect: 100-continue\r\n\r\n`]) {
      const { socket, answer } = send(text);
      const [first] = await once(socket, "data");
      expect(String(first)).toMatch(/^HTTP\/1.1 413 /);
      socket.destroy();
      await answer;
    }
    expect(await count(413)).toBe(2);
    const { socket, answer } = send(`${head(2)}Expect: 100-continue\r\n\r\n`);
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1.1 100 Continue/);
    socket.end("{}");
    expect(await answer).toMatch(/HTTP\/1.1 400 Bad Request\r[\s\S]*model is missing/);
  });

  it("answers 413 to a client that sends 100 MB, reads next to nothing of them, and does not cut it off before it has read that", async () => {
    const { url } = await listening();
    for (const headers of [{ "Content-Length": 1e8 }, { "Transfer-Encoding": "chunked" }]) {
      const sending = request(`${url}/v1/completions`, { method: "POST", agent: false, headers: { "Content-Type": "application/json", ...headers } });
      sending.on("error", () => {});
      let sent = 0;
      const pump = () => {
        while (!sending.destroyed && sent < 1e8) {
          sent += CHUNK.length;
          if (!sending.write(CHUNK)) return void sending.once("drain", pump);
        }
      };
      pump();
      const [response] = (await once(sending, "response")) as [IncomingMessage];
      expect(JSON.parse(String((await response.toArray())[0]))).toMatchObject({ error: { code: "body_too_large" } });
      expect(response.statusCode).toBe(413);
      // No more than sockets hold on both sides.
      expect(sent).toBeLessThan(3e7);
      sending.destroy();
    }
  });

  it("ends a connection that goes on sending what was refused", async () => {
    const { send } = await listening();
    const { socket, answer } = send(`${head(1e8)}\r\n`);
    const pump = setInterval(() => socket.write("x".repeat(1000)), 10);
    expect(await answer).toMatch(/^HTTP\/1.1 413 /);
    clearInterval(pump);
  });

  it("frees the place of a client that goes away within 100 ms", async () => {
    const { send, running } = await listening();
    for (const leave of ["destroy", "resetAndDestroy", "end"] as const) {
      const { socket } = send(lyrics("length=5000"));
      await once(socket, "data");
      expect(await running()).toBe(1);
      socket[leave]();
      expect(await until(async () => (await running()) === 0)).toBeLessThan(100);
    }
    const body = JSON.stringify({ model: "tiny", prompt: "", max_tokens: 5000 });
    const { socket } = send(`${head(body.length)}\r\n${body}`);
    await until(async () => (await running()) === 1);
    socket.destroy();
    expect(await until(async () => (await running()) === 0)).toBeLessThan(100);
  });

  it("keeps a connection whose request was refused before all of it had come", async () => {
    const { send } = await listening();
    const { socket, answer } = send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1.1 404 /);
    socket.write("0123456789GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(await answer).toMatch(/HTTP\/1.1 200 OK/);
  });

  it("makes no more for a reader that does not read, and frees its place after a while", async () => {
    const stallMs = 300;
    const { send, running, serving, count } = await listening({ ...LIMITS, tokens: 1e9, stallMs });
    const { socket } = send(lyrics("length=1000000000"));
    socket.pause();
    const made = async () => Number(/kind="written"} (\d+)/.exec(await (await serving.get("/metrics")).text())?.[1] ?? 0);
    await until(async () => (await running()) === 1);
    await until(async () => (await running()) === 0);
    // What sockets hold on both sides, and not what could have been written since.
    expect((await made()) * 'data: "夢"\n\n'.length).toBeLessThan(32e6);
    expect(await count(200)).toBeGreaterThan(0);
    socket.destroy();
  }, 60_000);

  it("says in one line that a port is taken, or a host not its own", async () => {
    const { url, serving } = await listening();
    const options = { port: Number(new URL(url).port), requestMs: REQUEST_MS, ...LIMITS };
    await expect(listen(serving, { host: "127.0.0.1", ...options })).rejects.toThrow(/^--port \d+ is taken on 127\.0\.0\.1 already\. Choose another one/);
    await expect(listen(serving, { host: "192.0.2.1", ...options, port: 0 })).rejects.toThrow(/^--host 192\.0\.2\.1 is no address of this machine\./);
  });

  it("closes at once where only idle connections are left", async () => {
    const { url, close } = await listening();
    await (await fetch(`${url}/health`)).text();
    const begun = performance.now();
    await close();
    closing.pop();
    expect(performance.now() - begun).toBeLessThan(500);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
