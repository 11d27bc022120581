import { createHash } from "node:crypto";
import { Random } from "@rondell/models";
import { publicId } from "../platform/ids.ts";
import { reasons } from "./brand.ts";
import { instantOf } from "./calls.ts";
import type { Client } from "./client.ts";
import type { Person } from "./person.ts";
import { parameters } from "./truth.ts";
import type { World } from "./world.ts";

const slug = "silberkranich";

/** The brand opens its survey. Gives the survey's id. */
export async function openSurvey(client: Client): Promise<string> {
  const survey = await client.call("POST", "/api/surveys", {
    name: "Silberkranich",
    slug,
    language: "de",
    question: {
      en: "How likely are you to recommend Silberkranich to a friend?",
      de: "Wie wahrscheinlich ist es, dass Sie Silberkranich weiterempfehlen?",
    },
  });
  await client.call("POST", `/api/surveys/${survey.id}/publish`, {});
  return survey.id as string;
}

/**
 * Writes to some buyers of a week, with personal links where they allow messages; some of them answer, and some who
 * answer withdraw what they allowed on the page that follows. Gives how many answered and withdrew.
 */
export async function askBuyers(
  client: Client,
  ask: { surveyId: string; world: World; week: number; max: number; seed: string },
): Promise<{ asked: number; answered: number; withdrawn: number }> {
  const { world, week } = ask;
  const random = new Random(`${ask.seed}/survey/${week}`);
  const buyers = new Map<string, { person: Person; orderId: string }>();
  for (const buyer of world.buyersOf(week)) if (buyers.size < ask.max) buyers.set(buyer.person.userId, buyer);
  const counts = { asked: 0, answered: 0, withdrawn: 0 };
  if (!buyers.size) return counts;

  // The brand knows its customers by their orders; whom it may write to is for the product to say.
  const orders = [...buyers.values()];
  // A question over HTTP binds nothing; these order ids are the simulator's own, letters, digits and hyphens.
  const list = orders.map((one) => `'${one.orderId}'`).join(", ");
  const rows = await client.call("POST", "/api/query", {
    sql: `select order_id, customer_id from events where name = 'Order Completed' and order_id in (${list})`,
  });
  const customerOf = new Map(
    (rows as { order_id: string; customer_id: number | string }[]).map((row) => [
      row.order_id,
      publicId("customer", Number(row.customer_id)),
    ]),
  );
  const ids = orders.flatMap((one) => customerOf.get(one.orderId) ?? []);
  if (!ids.length) return counts;
  const csv: string = await client.call("POST", `/api/surveys/${ask.surveyId}/links.csv`, {
    customerIds: ids,
    channel: "email",
  });
  const tokenOf = new Map<string, string>();
  for (const line of csv.split("\r\n").slice(1)) {
    const token = /[?&]t=([A-Za-z0-9_-]+)/.exec(line)?.[1];
    if (token) tokenOf.set(line.slice(0, line.indexOf(",")), token);
  }

  for (const { person, orderId } of orders) {
    const token = tokenOf.get(customerOf.get(orderId) ?? "");
    const [answers, hours, explains, withdraws] = [
      random.uniform(),
      random.uniform(),
      random.uniform(),
      random.uniform(),
    ];
    const reason = random.integer(3);
    if (!token) continue;
    counts.asked++;
    if (answers >= parameters.answered) continue;
    counts.answered++;
    const kind = person.score >= 9 ? "promoter" : person.score >= 7 ? "passive" : "detractor";
    const given = await client.visit("POST", `/p/api/surveys/${slug}/answers`, {
      score: person.score,
      ...(explains < 0.6 ? { reason: reasons[kind][person.language][reason] } : {}),
      language: person.language,
      token,
      key: createHash("sha256").update(`${ask.seed}/${person.userId}/${week}`).digest("hex").slice(0, 32),
      at: instantOf(world.start, (week + 1) * 7 - 1 + hours * 0.9).toISOString(),
    });
    if (withdraws >= 0.04 || !given.token) continue;
    counts.withdrawn++;
    await withdraw(client, person, given.token);
  }
  return counts;
}

/** The thank-you page leads on to what the customer allows: personal suggestions and messages are switched off. */
async function withdraw(client: Client, person: Person, token: string): Promise<void> {
  person.seen.objected = true;
  person.seen.unsubscribed = true;
  await client.visit("POST", "/p/api/consents", {
    token,
    answers: ["personalise", "contact"].map((purpose) => ({ purpose, granted: false, wordingVersion: 1 })),
  });
}

/** A person of the service closes the older alerts with what was done. */
export async function answerAlerts(client: Client, week: number): Promise<void> {
  const { alerts } = await client.call("GET", "/api/survey-alerts?state=open&max=20");
  const texts = [
    "Angerufen und entschuldigt, Ersatz verschickt.",
    "Mit der Rösterei gesprochen; die Charge war zu dunkel. Gutschein gesendet.",
    "Lieferadresse berichtigt und Bescheid gegeben.",
  ];
  for (const alert of (alerts as { id: number }[]).slice(0, 3)) {
    await client.call("POST", `/api/survey-alerts/${alert.id}/notes`, {
      text: texts[(alert.id + week) % texts.length],
      close: true,
    });
  }
}
