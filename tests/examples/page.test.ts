import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findBrowser } from "@refrain-tests/browser/find-browser";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeModel } from "./make-model.ts";
import { servePackages } from "./serve-packages.ts";
import { writtenText } from "./written-text.ts";

const PAGE = "https://lyrics.example/";
const file = await makeModel("int8");

describe("the page", () => {
  const complaints: string[] = [];
  let browser: Browser, page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findBrowser() });
    page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", ({ message }) => complaints.push(message));
    await servePackages(page);
    await page.route(`${PAGE}**`, (route) =>
      route.fulfill(
        route.request().url() === PAGE
          ? { contentType: "text/html", body: readFileSync(fileURLToPath(new URL("../../examples/page/index.html", import.meta.url))) }
          : { contentType: "application/octet-stream", body: Buffer.from(file) },
      ),
    );
    // What is told while the model is loading.
    await page.addInitScript(() => {
      const told: string[] = [];
      Object.assign(globalThis, { told });
      const watch = new MutationObserver(() => told.push(`${document.querySelector("progress")?.value} ${document.getElementById("state")?.textContent}`));
      watch.observe(document, { childList: true, subtree: true, characterData: true });
    });
    await page.goto(PAGE);
    await page.waitForFunction(() => document.getElementById("state")?.textContent?.startsWith("Ready"));
  }, 60_000);
  afterAll(() => browser.close());
  const textOf = (id: string) => page.locator(`#${id}`).textContent();

  it("shows how much of the model is there", async () => {
    const told = await page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
    expect(told).toContain("1 2.3 MB loaded");
    expect(await textOf("state")).toBe("Ready: a model of 3501 tokens.");
    expect(await page.locator("progress").isVisible()).toBe(false);
  });

  it("writes what is asked for", async () => {
    await page.fill("[name=length]", "50");
    await page.fill("[name=temperature]", "1.1");
    await page.fill("[name=seed]", "9");
    await page.click("#write");
    await page.waitForFunction(() => document.getElementById("state")?.textContent?.startsWith("50 tokens"));
    expect(await textOf("text")).toBe(`夢${await writtenText(file, { prompt: "夢", length: 50, temperature: 1.1, seed: 9 })}`);
  });

  it("stops when it is told to", async () => {
    await page.fill("[name=length]", "10000");
    await page.click("#write");
    await page.waitForFunction(() => (document.getElementById("text")?.textContent?.length ?? 0) > 20);
    await page.click("#stop");
    await page.waitForFunction(() => document.getElementById("state")?.textContent === "Stopped.");
    const text = await textOf("text");
    expect(text?.length).toBeLessThan(10_000);
    await page.waitForTimeout(100);
    expect(await textOf("text")).toBe(text);
    expect(await page.locator("#write").isEnabled()).toBe(true);
  });

  it("says which characters the model does not know", async () => {
    await page.fill("[name=prompt]", "ab");
    await page.click("#write");
    expect(await textOf("state")).toBe("The model never saw a b. Leave that out.");
  });

  it("asks for nothing that is not there, and throws nothing", () => expect(complaints).toEqual([]));
});
