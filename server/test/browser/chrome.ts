import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** A person's browser does not say that it is headless; what one says is dropped as a program's. */
const userAgent =
  "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36";

/**
 * A headless Chromium: the one of `CHROME_PATH`, or the one that comes from npm (Linux x64 glibc).
 * Each caller gets a browser of its own: the one from npm is a single process and ends with its page.
 */
export async function launchChrome(): Promise<Browser> {
  const own = process.env.CHROME_PATH;
  if (own) return chromium.launch({ executablePath: own, args: [userAgent] });
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      "Set CHROME_PATH to a Chrome or Chromium of this machine: the one from npm runs on Linux x64 only.",
    );
  }
  const { default: bundled } = await import("@sparticuz/chromium");
  return chromium.launch({
    executablePath: await bundled.executablePath(),
    args: [...bundled.args, userAgent],
    headless: true,
  });
}

export interface Visit {
  page: Page;
  /** Errors of the console, of scripts and of requests, as they happened. */
  faults: string[];
  close(): Promise<void>;
}

/** One person with one browser, who watches the console. */
export async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const browser = await launchChrome();
  const context = await browser.newContext(options);
  // The hints of a headless browser name it too, whatever its user agent says.
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "userAgentData", { get: () => undefined });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  return { page, faults, close: () => browser.close() };
}
