import { type Client, openClient } from "./client.ts";
import { defaults, type Options, optionsOfTag } from "./options.ts";

type Word = keyof Client;
const words: Word[] = ["page", "track", "identify", "group", "alias", "reset", "consent", "fill"];

export type Rondell = Client & {
  /** Begins; the first call counts. A `data-write-key` at the script's tag does the same. */
  load(writeKey: string, options?: Partial<Options>): void;
  /** Calls back when the script has begun. */
  ready(done: () => void): void;
};

/** Calls that a page made before the script was there: `[name, ...words]`. */
type Waiting = [string, ...unknown[]][];

function start(): void {
  const place = window as unknown as { rondell?: Waiting | Rondell };
  const before = place.rondell;
  // A page that has the script twice is still one page.
  if (before && !Array.isArray(before)) return;
  const tag = document.currentScript as HTMLScriptElement | null;
  let client: Client | undefined;
  const early: (() => void)[] = [];
  const soon = (work: () => void) => (client ? work() : early.push(work));

  const rondell = {
    load(writeKey: string, options: Partial<Options> = {}): void {
      if (client) return;
      const server = tag ? new URL(".", tag.src).href : location.href;
      const all = { ...defaults, server, ...(tag && optionsOfTag(tag.dataset)), ...options };
      client = openClient(writeKey, { ...all, server: all.server.replace(/\/+$/, "") });
      for (const work of early) work();
    },
    ready: soon,
  } as Rondell;
  for (const word of words)
    rondell[word] = (...said: unknown[]) =>
      void soon(() => (client![word] as (...said: unknown[]) => void)(...said));
  place.rondell = rondell;

  const { writeKey } = tag?.dataset ?? {};
  if (writeKey) rondell.load(writeKey);
  for (const [name, ...said] of before ?? [])
    (rondell[name as Word] as (...said: unknown[]) => void)?.(...said);
}

start();
