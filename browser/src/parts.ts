import type { Options } from "./options.ts";
import { saysNo } from "./signal.ts";

/** What a part that is loaded on demand may use of the script. */
export interface Surroundings {
  server: string;
  writeKey: string;
  options: Options;
  allows(purpose: string): boolean;
  /** Whether somebody is still to be asked. */
  isOpen(): boolean;
  /** The id of this browser. Only after `allows("measure")`. */
  visitor(): string;
  /** Calls back when the server knows all that was told so far. */
  whenTold(done: () => void): void;
  /** What was said to each purpose so far. */
  answers(): Record<string, boolean>;
  answer(said: Record<string, boolean>): void;
}

interface Part {
  open(around: Surroundings): void;
  empty?(): void;
}

export const isGerman = ({ language }: Pick<Options, "language">) =>
  /^de\b/i.test(language ?? document.documentElement.lang);

/** The banner, the offers and the surveys: each comes as a file of its own when a page needs it. */
export function partsOf(around: Surroundings) {
  const { server, options } = around;
  const loaded = new Map<string, Promise<Part>>();
  const open = (name: string) => {
    let part = loaded.get(name);
    if (!part) {
      part = import(`${server}/rondell/${name}.js?v=${PARTS}`) as Promise<Part>;
      loaded.set(name, part);
      // Without a network now, perhaps with one at the next try.
      part.catch(() => loaded.delete(name));
    }
    part.then((one) => one.open(around)).catch(() => {});
  };
  const has = (attribute: string) => document.querySelector(`[data-rondell-${attribute}]`);

  /** The way back to the banner, on pages that have none of their own. */
  function showHandle(): void {
    const hasWay = !options.handle || options.consent === "off" || has("consent");
    if (hasWay || around.isOpen() || saysNo()) return;
    const button = document.createElement("button");
    button.dataset.rondellConsent = "handle";
    button.textContent = isGerman(options) ? "Datenschutz" : "Privacy";
    button.style.cssText =
      "position:fixed;left:8px;bottom:8px;z-index:2147483000;padding:10px 14px;border:1px solid #7f8981;border-radius:6px;background:#fff;color:#151b17;font:13px/18px system-ui,sans-serif;cursor:pointer";
    document.body.append(button);
  }

  addEventListener("click", (event) => {
    if (!(event.target as Element).closest?.("[data-rondell-consent]")) return;
    event.preventDefault();
    open("consent");
  });

  return {
    ask: () => open("consent"),
    fill(): void {
      showHandle();
      if (has("survey")) open("survey");
      if (has("slot") && around.allows("measure") && around.allows("personalise")) open("offers");
    },
    /** Takes away what stands on an answer that changed. */
    empty(): void {
      for (const part of loaded.values()) part.then((one) => one.empty?.()).catch(() => {});
    },
  };
}
