import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const CDN = "https://cdn.jsdelivr.net/npm/";
const INSTALLED = new URL("../../node_modules/", import.meta.url);

const TYPES: Record<string, string> = { js: "text/javascript", wasm: "application/wasm" };

/** Answers what a page asks the CDN for from what is built and installed here, as `https://cdn.jsdelivr.net/npm/NAME@VERSION/PATH`; anything else is not found. */
export async function servePackages(page: Page): Promise<void> {
  await page.route(`${CDN}**`, async (route) => {
    const address = route.request().url();
    const [, name, version, path] = /^((?:@[^/]+\/)?[^/@]+)@([^/]+)\/(.+)$/.exec(address.slice(CDN.length)) ?? [];
    try {
      const read = (file: string) => readFileSync(fileURLToPath(new URL(`${name}/${file}`, INSTALLED)));
      const built = (JSON.parse(read("package.json").toString()) as { version: string }).version;
      if (built !== version) throw new Error(`${name} is ${built} here, not ${version}`);
      const contentType = TYPES[path?.split(".").at(-1) ?? ""] ?? "application/octet-stream";
      await route.fulfill({ body: read(path as string), contentType, headers: { "access-control-allow-origin": "*" } });
    } catch (error) {
      await route.fulfill({ status: 404, body: `${address}: ${(error as Error).message}` });
    }
  });
}
