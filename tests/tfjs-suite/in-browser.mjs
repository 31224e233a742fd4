// Runs the bundled suite in real Chromium, for backends that need a GPU, be it a software one.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-unsafe-webgpu",
];

/** A page of this address is a secure context, which WebGPU asks for; nothing is served there. */
const PAGE = "http://localhost/";

/** `runSpecs` of the bundle in a page. The environment variable CHROMIUM names the browser. */
export async function runInBrowser(file, backend, name) {
  const profile = mkdtempSync(join(tmpdir(), "tfjs-suite-"));
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: FLAGS });
  try {
    const page = await browser.newPage();
    await page.route(`${PAGE}**`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>specs</title>" }));
    await page.goto(PAGE);
    await page.addScriptTag({ content: readFileSync(file, "utf8") });
    return await page.evaluate(([backend, name]) => globalThis.suite.runSpecs(backend, name), [backend, name]);
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
