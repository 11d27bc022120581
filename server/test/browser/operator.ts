import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { type Formats, formatsFor } from "../../../admin/src/i18n/format.ts";
import { type Visit, visit } from "./chrome.ts";
import type { RondellProcess } from "./rondell.ts";

/** Where pictures for eyes go; not part of the project. */
export const shots = resolve(import.meta.dirname, "../../../.screenshots");

export const owner = { name: "Olga", email: "olga@example.com", password: "a garden of one's own" };

/** Somebody who works in the admin UI, with a browser of their own. */
export interface Operator {
  page: Page;
  faults: string[];
  /** Opens a page and waits until nothing on it is loading. */
  open(path: string): Promise<void>;
  /** A call as the page makes it: with the session and the garden of this browser. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Rows of the event store. */
  ask<T>(sql: string): Promise<T[]>;
  /** What the screen shows goes to `.screenshots`, for eyes: no test compares it. */
  shot(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function operatorOn(
  rondell: RondellProcess,
  options: BrowserContextOptions = {},
): Promise<Operator> {
  mkdirSync(shots, { recursive: true });
  const seen: Visit = await visit({ viewport: { width: 1440, height: 900 }, ...options });
  const { page, faults } = seen;
  await page.context().addInitScript(countQuestions);
  const api = <T>(method: string, path: string, body?: unknown) =>
    page.evaluate(
      async ([method, path, body]) => {
        const garden = localStorage.getItem("rondell.garden");
        const answer = await fetch(path as string, {
          method: method as string,
          headers: {
            ...(garden ? { "x-rondell-garden": garden } : {}),
            ...(body === null ? {} : { "content-type": "application/json" }),
          },
          ...(body === null ? {} : { body: JSON.stringify(body) }),
        });
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        return answer.json();
      },
      [method, path, body ?? null],
    ) as Promise<T>;
  return {
    page,
    faults,
    api,
    open: async (path) => {
      await page.goto(`${rondell.url}${path}`);
      await settled(page);
    },
    ask: <T>(sql: string) => api<T[]>("POST", "/api/query", { sql }),
    shot: async (name) => {
      await page.screenshot({ path: join(shots, `${name}.png`) });
    },
    close: seen.close,
  };
}

/** Whatever the page has asked the server for and not yet read is counted, so that a test can wait for it. */
function countQuestions(): void {
  const counted = window as unknown as Counted;
  counted.asked = 0;
  const { fetch } = window;
  window.fetch = (...what) => {
    counted.asked++;
    return fetch(...what).finally(() => {
      counted.asked--;
    });
  };
}

interface Counted {
  asked: number;
  quiet?: { wait: number; frames: number };
}

let waits = 0;

/**
 * Waits until the page has its heading, nothing is asked and no part of it is loading any more, for some
 * frames in a row: a page may ask its second question once the first is answered.
 */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    (wait) => {
      const counted = window as unknown as Counted;
      const isQuiet =
        document.querySelector("h1") && !document.querySelector("[aria-busy='true']") && !counted.asked;
      const before = counted.quiet?.wait === wait ? counted.quiet.frames : 0;
      counted.quiet = { wait, frames: isQuiet ? before + 1 : 0 };
      return counted.quiet.frames > 4;
    },
    ++waits,
    // A busy machine is no failure.
    { timeout: 60_000 },
  );
}

/** Signs in as a person does, from the page that asks for it. */
export async function signIn(page: Page, who: { email: string; password: string } = owner): Promise<void> {
  await page.getByLabel("E-mail").fill(who.email);
  await page.getByLabel("Password", { exact: true }).fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor({ state: "detached" });
}

/** Makes the garden by the command line, and signs its owner in. */
export async function openGarden(
  rondell: RondellProcess,
  garden: { brand: string; currency: string; timezone: string; language?: "en" | "de" },
  options: BrowserContextOptions = {},
): Promise<Operator> {
  const words = Object.entries({ ...owner, ...garden }).flatMap(([name, value]) => [`--${name}`, value]);
  await rondell.command("setup", ...words);
  const operator = await operatorOn(rondell, options);
  await operator.open("/login");
  await signIn(operator.page);
  // Before the sign-in the page asks who is there, and is told that nobody is.
  operator.faults.splice(0);
  return operator;
}

/** Asks again until there is an answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  ms = 30_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not happen within ${ms} ms`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** The words of a page in one line, with plain spaces: what a person reads. */
export async function wordsOf(page: Page, selector = "main"): Promise<string> {
  const text = await page.locator(selector).first().innerText();
  return text.replace(/\s+/g, " ").trim();
}

/** Numbers as the pages write them, with plain spaces. */
export function writtenBy(language: "en" | "de", currency: string, timeZone: string): Formats {
  const formats = formatsFor(language, { currency, timeZone });
  const plain = (text: string) => text.replace(/\u00a0/g, " ");
  return {
    ...formats,
    percent: (share, options) => plain(formats.percent(share, options)),
    money: (minor, options) => plain(formats.money(minor, options)),
  };
}
