import { expect, test } from "vitest";
import { clientSetups } from "./snippet.ts";

test.each(["browser", "server"] as const)("each client of a %s is told its host and its key", (kind) => {
  const setups = clientSetups(kind, "https://rondell.shop.example:8443", "wk_test");
  expect(setups.length).toBeGreaterThan(5);
  for (const { client, code } of setups) {
    expect(code, client).toContain("rondell.shop.example");
    expect(code, client).toContain("wk_test");
  }
  expect(new Set(setups.map(({ client }) => client)).size).toBe(setups.length);
});
