import { expect, test } from "vitest";
import { barriers } from "./barriers.ts";
import { visit } from "./chrome.ts";

test("barriers are told with their rule, their place and what is wrong", async () => {
  const { page, close } = await visit();
  try {
    await page.setContent(
      `<html lang="en"><title>Tea</title><h1>Tea</h1><p style="color: #aaa; background: #fff">Pale</p><input></html>`,
    );
    const told = (await barriers(page)).sort();
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^color-contrast: .*, at p\. .*contrast of 2\.32/);
    expect(told[1]).toMatch(/^label: .*, at input\. /);
    await page.setContent(`<html lang="en"><title>Tea</title><h1>Tea</h1><p>Black</p></html>`);
    expect(await barriers(page)).toEqual([]);
  } finally {
    await close();
  }
});
