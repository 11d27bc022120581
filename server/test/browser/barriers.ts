import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Levels A and AA of the Web Content Accessibility Guidelines 2.0, 2.1 and 2.2. */
const options: RunOptions = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
  resultTypes: ["violations"],
};

/** What keeps people out of the page as it stands: a line for each part, with what is wrong and where. */
export async function barriers(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(async (options) => {
    // A part that is still fading in has the colours of neither its beginning nor its end.
    const fading = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity);
    for (const one of fading) one.finish();
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, any, all, none }) => {
        const why = [...any, ...all, ...none].map((check) => check.message).join(" ");
        return `${id}: ${help}, at ${target.join(" ")}. ${why}`;
      }),
    );
  }, options);
}
