import { findBrowser } from "@refrain-tests/browser/find-browser";
import { servePackages } from "@refrain-tests/examples/serve-packages";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Written } from "./written.ts";

const PAGE = "https://suite.example/";

/** The addresses at which the example's page has the packages, and that of infer's other entry. */
function importMap(): string {
  const page = readFileSync(new URL("../../examples/page/index.html", import.meta.url), "utf8");
  const { imports } = JSON.parse(/<script type="importmap">([^<]*)</.exec(page)?.[1] as string) as { imports: Record<string, string> };
  return JSON.stringify({ imports: { ...imports, "@refrain/infer/edge": imports["@refrain/infer"]?.replace("/mod.js", "/edge.js") } });
}

/** What Chromium writes with each build, of the packages' own files, not bundled. */
export async function inChromium(file: Uint8Array<ArrayBuffer>): Promise<Written[]> {
  const answers: Record<string, { readonly contentType: string; readonly body: string | Buffer }> = {
    "": { contentType: "text/html", body: `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${importMap()}</script>` },
    "page.mjs": { contentType: "text/javascript", body: readFileSync(join(import.meta.dirname, "page.mjs")) },
    "tokens-of.mjs": { contentType: "text/javascript", body: readFileSync(join(import.meta.dirname, "tokens-of.mjs")) },
    "model.safetensors": { contentType: "application/octet-stream", body: Buffer.from(file) },
  };
  const browser = await chromium.launch({ executablePath: findBrowser() });
  try {
    const page = await browser.newPage();
    await servePackages(page);
    await page.route(`${PAGE}**`, (route) => route.fulfill(answers[route.request().url().slice(PAGE.length)] ?? { status: 404 }));
    await page.goto(PAGE);
    return await page.evaluate(async (address) => ((await import(address)) as { write(): Promise<Written[]> }).write(), `${PAGE}page.mjs`);
  } finally {
    await browser.close();
  }
}
