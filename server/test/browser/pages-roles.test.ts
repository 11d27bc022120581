import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fillGarden } from "./filled.ts";
import { missing } from "./looks.ts";
import { type Operator, openGarden, operatorOn, signIn, wordsOf } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { errorsIn, go, lookAt, looks, pages, wear } from "./walk.ts";

/** Every page for those who may not see all of them: what is theirs is open, and the rest says so. */
describe.sequential("every page, by role", () => {
  let rondell: RondellProcess;
  let operator: Operator;
  let paths: Record<string, string> = {};

  beforeAll(async () => {
    rondell = await startRondell();
    operator = await openGarden(rondell, { brand: "Lindgrün", currency: "GBP", timezone: "Europe/London" });
    ({ paths } = await fillGarden(rondell, operator));
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  test.each([
    { role: "analyst", chosen: looks[0] },
    { role: "service", chosen: looks[1] },
  ] as const)("shows people of role $role what is theirs, and says what is not", async ({ role, chosen }) => {
    const email = `${role}@example.com`;
    const made = await operator.api<{ oneTimePassword: string }>("POST", "/api/operators", {
      name: role === "analyst" ? "Anna" : "Sami",
      email,
      role,
    });
    const seen = await operatorOn(rondell);
    try {
      await seen.open("/login");
      await signIn(seen.page, { email, password: made.oneTimePassword });
      await seen.page.getByRole("heading", { level: 1 }).first().waitFor();
      const found = await lookAt(seen, "/password", { named: `password-${role}` });
      await seen.api("POST", "/api/me/password", {
        currentPassword: made.oneTimePassword,
        newPassword: "another garden of one's own",
      });
      seen.faults.splice(0);
      const { rights } = await seen.api<{ rights: string[] }>("GET", "/api/me");
      await wear(seen, chosen);
      for (const page of pages) {
        await go(seen, paths[page.path] ?? page.path);
        const isOpen = !page.right || rights.includes(page.right);
        const words = await wordsOf(seen.page);
        if (page.path !== "/" && isOpen === words.includes(missing[chosen.language]))
          found.push(`${page.path}: ${isOpen ? "is closed" : "is open"}`);
        // What is open shows no more than the owner sees, whose pages are held to it beside this.
        found.push(...(await lookAt(seen, page.path, { isKnown: isOpen })));
      }
      await seen.shot(`role-${role}-${chosen.language}`);

      expect(found).toEqual([]);
      expect(seen.faults).toEqual([]);
    } finally {
      await seen.close();
    }
  });

  test("leaves no error in the server's log", () => {
    expect(errorsIn(rondell.output())).toEqual([]);
  });
});
