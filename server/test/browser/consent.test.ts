import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Operator, openGarden, operatorOn, settled, until } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { lookAt, looks, wear } from "./walk.ts";

/** From the purpose that an owner words to the receipt that a customer takes along. */
describe.sequential("what is asked, and what is said to it", () => {
  let rondell: RondellProcess;
  let operator: Operator;
  let customer = "";

  beforeAll(async () => {
    rondell = await startRondell();
    operator = await openGarden(rondell, { brand: "Lindgrün", currency: "EUR", timezone: "Europe/Berlin" });
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  async function send(writeKey: string, path: string, body: object) {
    const answer = await fetch(`${rondell.url}${path}`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  }

  test("an owner words a purpose, and the ledger is checked by a button", async () => {
    const { page } = operator;
    await operator.open("/settings/consent");
    await page.getByRole("button", { name: "New purpose" }).click();
    const dialog = page.getByRole("dialog");
    const german = dialog.getByRole("group", { name: "In German" });
    await german.getByLabel("Name").fill("Rundbrief");
    await german.getByLabel("Words").fill("Wir schreiben Ihnen einmal im Monat.");
    const english = dialog.getByRole("group", { name: "In English" });
    await english.getByLabel("Name").fill("Newsletter");
    await english.getByLabel("Words").fill("We write to you once a month.");
    await dialog.getByLabel("Writing e-mails").check();
    await dialog.getByLabel("A yes counts for so many months").fill("24");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("runs out 24 months after the yes").waitFor();

    await page.getByRole("button", { name: "Change Newsletter" }).click();
    await dialog
      .getByRole("group", { name: "In English" })
      .getByLabel("Words")
      .fill("We write to you twice a month.");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("We write to you twice a month.").waitFor();
    await page.getByText(/Writing e-mails · version 2/).waitFor();

    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByText("The ledger is still empty.").waitFor();
    expect(operator.faults.splice(0)).toEqual([]);
  });

  test("a customer confirms by the button behind the link, without scripts on a phone", async () => {
    const source = await operator.api<{ writeKey: string }>("POST", "/api/sources", {
      name: "Website",
      kind: "browser",
    });
    await send(source.writeKey, "/v1/identify", {
      anonymousId: "v-1",
      userId: "ada",
      traits: { email: "ada@example.org", name: "Ada Lindgren" },
      messageId: "m-1",
      context: {
        locale: "de-DE",
        page: { url: "https://lindgruen.example/rundbrief" },
        consent: { categoryPreferences: { measure: true, personalise: true, newsletter: true } },
      },
    });
    const mail = await until("the mail that asks to confirm", async () => {
      const folder = join(rondell.dataDir, "mails");
      const [name] = await readdir(folder).catch(() => [] as string[]);
      return name?.endsWith(".eml") ? readFile(join(folder, name), "utf8") : undefined;
    });
    const text = mail.replace(/=\r\n/g, "").replaceAll("=3D", "=");
    const path = /\/p\/confirm\?t=[\w-]+/.exec(text)![0];
    const phone = await operatorOn(rondell, {
      javaScriptEnabled: false,
      viewport: { width: 390, height: 844 },
    });
    await phone.page.goto(`${rondell.url}${path}`);
    await phone.shot("confirm-phone");
    await phone.page.getByRole("button", { name: "Ja, ich bestätige" }).click();
    await phone.page.getByRole("heading", { name: "Bestätigt. Danke." }).waitFor();
    await phone.shot("confirmed-phone");
    await phone.close();
    const { items } = await operator.api<{ items: { id: string }[] }>(
      "GET",
      "/api/customers?search=ada@example.org",
    );
    customer = items[0]!.id;
  });

  test.each(looks)("reads well in $language, $scheme, wide and on a phone", async (look) => {
    const { language, scheme } = look;
    await wear(operator, look);
    const found: string[] = [];
    await operator.open("/settings/consent");
    found.push(...(await lookAt(operator, "/settings/consent", { named: `consent-page-${language}` })));
    await operator.page
      .getByRole("button", { name: language === "de" ? "Rundbrief ändern" : "Change Newsletter" })
      .click();
    await operator.page.getByRole("dialog").waitFor();
    found.push(...(await lookAt(operator, "purpose-form", { named: `consent-form-${language}` })));
    await operator.page.keyboard.press("Escape");
    await operator.open(`/customers/${customer}`);
    await operator.page.locator("summary", { hasText: language === "de" ? "Register" : "ledger" }).click();
    found.push(...(await lookAt(operator, "customer", { named: `consent-customer-${language}` })));

    const survey = await operator.api<{ id: string }>("POST", "/api/surveys", {
      name: `Survey ${language}`,
      slug: `survey-${language}`,
      language,
      question: { en: "Would you recommend us?", de: "Würden Sie uns empfehlen?" },
    });
    await operator.api("POST", `/api/surveys/${survey.id}/publish`, {});
    const { url } = await operator.api<{ url: string }>("POST", `/api/surveys/${survey.id}/links`, {
      customerId: customer,
    });
    const token = new URL(url).searchParams.get("t");
    const seen = await operatorOn(rondell, { locale: language, colorScheme: scheme });
    await seen.open(`/p/consents?t=${token}&lang=${language}`);
    await seen.page.locator("summary").click();
    await settled(seen.page);
    found.push(...(await lookAt(seen, "portal", { named: `consent-portal-${language}` })));
    const download = seen.page.waitForEvent("download");
    await seen.page.getByRole("link", { name: /PDF/ }).click();
    expect((await download).suggestedFilename()).toMatch(/^consent-cus_.+\.pdf$/);
    await seen.close();
    expect(found).toEqual([]);
    expect(operator.faults.splice(0)).toEqual([]);
  });
});
