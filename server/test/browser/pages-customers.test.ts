import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Filled, fillGarden } from "./filled.ts";
import { type Operator, openGarden, operatorOn, settled } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { errorsIn, lookAt, looks } from "./walk.ts";

const words = {
  en: {
    reason: "What is the main reason?",
    send: "Send the answer",
    thanks: "Thank you.",
    privacy: /^Your data:/,
    own: "Your data",
    rectify: /: Correct something$/,
    submit: "Send",
  },
  de: {
    reason: "Was ist der wichtigste Grund?",
    send: "Antwort senden",
    thanks: "Danke.",
    privacy: /^Ihre Daten:/,
    own: "Ihre Daten",
    rectify: /: Etwas berichtigen$/,
    submit: "Absenden",
  },
};

/** Every page of the customers, in each of its states, in both languages, both schemes and two widths. */
describe.sequential("every page of the customers", () => {
  let rondell: RondellProcess;
  let operator: Operator;
  let filled: Filled;

  beforeAll(async () => {
    rondell = await startRondell();
    operator = await openGarden(rondell, { brand: "Lindgrün", currency: "GBP", timezone: "Europe/London" });
    filled = await fillGarden(rondell, operator);
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  /** The address of a survey for one customer, in one language. */
  async function linkFor(survey: string, customer: string, language: string): Promise<string> {
    const { url } = await operator.api<{ url: string }>("POST", `/api/surveys/${survey}/links`, {
      customerId: customer,
    });
    const link = new URL(url);
    link.searchParams.set("lang", language);
    return `${link.pathname}${link.search}`;
  }

  test.each(looks)(
    "reads well in $language, $scheme, wide and on a phone, and keeps nobody out",
    async (look) => {
      const { language, scheme } = look;
      const say = words[language];
      const found: string[] = [];
      const closed = await operator.api<{ id: string; slug: string }>("POST", "/api/surveys", {
        name: `Closed, ${language}`,
        slug: `closed-${language}`,
        language,
        question: { en: "Would you recommend us?", de: "Würden Sie uns empfehlen?" },
      });
      await operator.api("POST", `/api/surveys/${closed.id}/publish`, {});
      await operator.api("POST", `/api/surveys/${closed.id}/close`, {});

      const seen = await operatorOn(rondell, { locale: language, colorScheme: scheme });
      const { page } = seen;
      const see = async (state: string) => {
        await settled(page);
        expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
        found.push(
          ...(await lookAt(seen, state, { named: `customers-page-${state}-${language}-${scheme}` })),
        );
      };
      try {
        const open = `/s/${filled.survey.slug}?lang=${language}`;
        await seen.open(open);
        await see("survey");
        await page.getByRole("button", { name: say.send }).click();
        await page.getByRole("alert").getByText(/\w/).waitFor();
        await see("survey-nothing-chosen");
        await page.getByRole("radio", { name: /^8\b/ }).check({ force: true });
        await page.getByLabel(say.reason).fill("Darjeeling.");
        await page.getByRole("button", { name: say.send }).click();
        await page.getByRole("heading", { name: say.thanks }).waitFor();
        await see("survey-thanks-nameless");

        const fresh = filled.customers[language === "en" ? 10 : 11]!.id;
        await seen.open(await linkFor(filled.survey.id, fresh, language));
        await see("survey-personal");
        await page.getByRole("radio", { name: /^10\b/ }).check({ force: true });
        await page.getByRole("button", { name: say.send }).click();
        await page.getByRole("heading", { name: say.thanks }).waitFor();
        await see("survey-thanks");
        await page.getByRole("link").first().click();
        await page.getByRole("switch").first().waitFor();
        await see("consents");
        await page.getByRole("switch").first().click();
        await page.getByRole("status").getByText(/\w/).waitFor();
        await see("consents-saved");
        await page.getByRole("link", { name: say.privacy }).click();
        await page.getByRole("heading", { level: 1, name: say.own }).waitFor();
        await see("privacy");
        await page.getByRole("button", { name: say.rectify }).click();
        await page.getByRole("textbox").fill("Tea Lane 4.");
        await see("privacy-asking");
        await page.getByRole("button", { name: say.submit }).click();
        await page.getByRole("status").getByText(/\w/).waitFor();
        await see("privacy-asked");

        await seen.open(`/s/${closed.slug}?lang=${language}`);
        await see("survey-closed");
        // A page that is not there is no success, and the browser says so.
        expect(seen.faults.splice(0)).toEqual([]);
        await seen.open(`/p/consents?t=unknown&lang=${language}`);
        await see("link-unknown");
        await seen.open(`/s/no-such-survey?lang=${language}`);
        await see("missing");
        expect(found).toEqual([]);
        expect(seen.faults.splice(0).filter((fault) => !/404/.test(fault))).toEqual([]);
      } finally {
        await seen.close();
      }
    },
  );

  test("leaves no error in the server's log", () => {
    expect(errorsIn(rondell.output())).toEqual([]);
  });
});
