import { type Browser, chromium, type Page } from "playwright-core";

/** Besides what Playwright passes: no sandbox, no traffic of its own, a fresh profile. */
const ARGUMENTS = [
  "--disable-quic",
  // A GPU in software, the same on every machine.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
];

/** Opens a page in a browser of its own, with a profile of its own. `prepare` comes before the page is loaded. It is there when it has defined `check`. */
export async function openPage(
  executablePath: string,
  url: string,
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<{ readonly browser: Browser; readonly page: Page }> {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  const page = await browser.newPage();
  await prepare(page);
  await page.goto(url);
  await page.waitForFunction(() => "check" in globalThis);
  return { browser, page };
}
