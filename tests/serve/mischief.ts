import { request } from "node:http";
import { connect } from "node:net";
import { TOKEN } from "./read-stream.ts";

const HEADERS = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
const HUGE = 100 * 2 ** 20;
const CHUNK = Buffer.alloc(2 ** 16, " ");

/** What must cost a server nothing but its answer: a name, the status that it must get, and how it is done. */
export const MISCHIEF: readonly { readonly name: string; readonly status: number; do(url: string): Promise<number> }[] = [
  { name: "a body of 100 MB", status: 413, do: (url) => sendHuge(url, { ...HEADERS, "Content-Length": HUGE }) },
  { name: "a body of 100 MB in chunks", status: 413, do: (url) => sendHuge(url, HEADERS) },
  {
    name: "malformed JSON",
    status: 400,
    do: (url) => statusOf(`${url}/v1/completions`, { method: "POST", headers: HEADERS, body: '{ "model": "writer", "prompt' }),
  },
  { name: "a wrong token", status: 401, do: (url) => statusOf(`${url}/lyrics`, { headers: { Authorization: `Bearer ${TOKEN}x` } }) },
  { name: "no token", status: 401, do: (url) => statusOf(`${url}/v1/models`, {}) },
  {
    name: "a path outside",
    status: 404,
    do: (url) => sendRaw(url, `GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`),
  },
  { name: "a slow head", status: 408, do: (url) => sendRaw(url, "POST /v1/completions HTTP/1.1\r\nHost:") },
  {
    name: "a slow body",
    status: 408,
    do: (url) => {
      const head = Object.entries({ ...HEADERS, Host: "x", "Content-Length": 100 }).map(([name, value]) => `${name}: ${value}\r\n`);
      return sendRaw(url, `POST /v1/completions HTTP/1.1\r\n${head.join("")}\r\n{`);
    },
  },
];

async function statusOf(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.text();
  return response.status;
}

/** Sends as long as it is let. */
function sendHuge(url: string, headers: Record<string, string | number>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/v1/completions`, { method: "POST", headers, agent: false });
    let answered = false;
    sending.on("response", (response) => {
      answered = true;
      response.resume();
      resolve(response.statusCode as number);
    });
    // Being cut off after the answer is no failure.
    sending.on("error", (error) => answered || reject(error));
    sending.on("close", () => answered || reject(new Error("cut off without an answer")));
    let left = HUGE;
    const pump = () => {
      while (left > 0 && !sending.destroyed) {
        left -= CHUNK.length;
        if (!sending.write(CHUNK)) {
          sending.once("drain", pump);
          return;
        }
      }
      sending.end();
    };
    pump();
  });
}

function sendRaw(url: string, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])));
  });
}
