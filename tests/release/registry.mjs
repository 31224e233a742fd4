import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/**
 * Starts verdaccio on 127.0.0.1, with nothing published. Our own packages are there only once they are published there; all others come from
 * `upstream`. It ends with this process. Gives its address, and an npmrc of a user who may publish.
 */
export async function startRegistry(folder, tools, upstream) {
  mkdirSync(folder);
  const config = {
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd") } },
    uplinks: { upstream: { url: upstream, maxage: "1h", timeout: "60s" } },
    packages: {
      "@refrain/*": { access: "$all", publish: "$authenticated" },
      refrain: { access: "$all", publish: "$authenticated" },
      "**": { access: "$all", proxy: "upstream" },
    },
    log: { type: "stdout", format: "json", level: "warn" },
    max_body_size: "50mb",
  };
  const path = join(folder, "config.yaml"); // JSON is YAML.
  writeFileSync(path, JSON.stringify(config));

  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const child = spawn(process.execPath, [join(tools, "node_modules", "verdaccio", "bin", "verdaccio"), "--config", path, "--listen", `127.0.0.1:${port}`], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  process.on("exit", () => child.kill());
  try {
    await answers(url, () => child.exitCode === null);
    const user = { name: "maintainer", password: "only on this machine" };
    const response = await fetch(`${url}-/user/org.couchdb.user:${user.name}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(user),
    });
    const { token } = await response.json();
    if (!token) throw new Error(`verdaccio made no user: it answered ${response.status}`);
    const npmrc = join(folder, "npmrc");
    writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=${token}\n`);
    return { url, npmrc };
  } catch (error) {
    throw new Error(`${error.message}\n${said}`);
  }
}

/** Waits for the first answer, as long as the registry runs and half a minute at most. */
async function answers(url, runs) {
  for (let tries = 0; tries < 150 && runs(); tries++) {
    const answer = await fetch(`${url}-/ping`).catch(() => undefined);
    if (answer?.ok) return;
    await setTimeout(200);
  }
  throw new Error("verdaccio does not answer");
}

/** A port that nobody listens on. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
