import { build } from "esbuild";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CaseFile } from "@refrain-tests/golden/check-cases";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

/** With these headers a page is cross-origin isolated, and may share memory among threads. */
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Where the kernels' WASM lies. */
const wasm = dirname(fileURLToPath(import.meta.resolve("@refrain/kernels/wasm/simd")));

/** Bundles a page's script, by default page.ts, and serves it, with golden cases, to this machine only. Close the server when done. */
export async function serve(
  cases: readonly CaseFile[],
  page: URL = new URL("page.ts", import.meta.url),
): Promise<{ readonly server: Server; readonly url: string }> {
  const files = new Map<string, Uint8Array | string>([
    ["/index.html", '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/page/index.js"></script>'],
    ["/cases.json", JSON.stringify(cases.map(({ name }) => name))],
    ...cases.map(({ name, bytes }) => [`/cases/${name}`, bytes] as const),
    ...kernels(),
    ["/dist/thread.js", readFileSync(join(wasm, "..", "dist", "thread.js"))],
    ...(await bundle(page)),
  ]);
  const server = createServer(({ url = "/" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    const content = files.get(path);
    if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", ...ISOLATED }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html` };
}

/** The kernels, where the bundled loader looks for them: in a folder beside its own. (So it does for the threads' file.) */
function kernels(): [string, Uint8Array][] {
  return readdirSync(wasm).map((name) => [`/wasm/${name}`, readFileSync(join(wasm, name))]);
}

/** As a user's bundler does it: what is imported only when asked for goes into files of its own. */
async function bundle(page: URL): Promise<[string, Uint8Array][]> {
  const { outputFiles } = await build({
    entryPoints: { index: fileURLToPath(page) },
    outdir: "/page",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    external: ["node:*", "@tensorflow/tfjs-backend-wasm"],
    write: false,
    logLevel: "error",
  });
  return outputFiles.map(({ path, contents }) => [`/page/${basename(path)}`, contents]);
}
