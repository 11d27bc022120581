import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { type Context, createToken, type Garden, type Gardens, type Language } from "../garden/index.ts";
import { brand } from "./brand.ts";
import { type Sender, senders } from "./calls.ts";
import { type Client, openClient } from "./client.ts";

export const sampleId = "sample";

/** The sample garden: of its own, synthetic, and with a salt that follows from the seed. Refuses garden.exists. */
export function createSampleGarden(
  gardens: Gardens,
  ask: { seed: string; language: Language },
): Promise<Garden> {
  return gardens.create({
    id: sampleId,
    brand: brand.name,
    language: ask.language,
    currency: brand.currency,
    timezone: brand.timezone,
    synthetic: true,
    salt: createHash("sha256").update(`salt of ${ask.seed}`).digest("base64url"),
  });
}

const usualCategories = { Analytics: "measure", Functional: "personalise", Advertising: "contact" };
const statedBasis = { measure: "contract", personalise: "legitimate_interest" };

const names: Record<Sender, Record<Language, string>> = {
  site: { en: "Website", de: "Website" },
  shop: { en: "Web shop server", de: "Server des Webshops" },
  till: { en: "Tills", de: "Kassen" },
  mail: { en: "Mailing", de: "Mailversand" },
  hotline: { en: "Hotline", de: "Hotline" },
};

/** The brand's systems connect, each with a source of its own. */
export async function connectSystems(
  http: FastifyInstance,
  ctx: Context,
): Promise<{ client: Client; keys: Record<Sender, string>; tokenId: string }> {
  const token = await createToken(ctx, {
    name: "Simulator",
    scopes: [
      "settings:write",
      "settings:read",
      "insight:run",
      "insight:read",
      "offer:read",
      "experience:read",
      "experience:write",
      "customers:read",
      "sql:read",
      "decide:read",
    ],
  });
  const client = openClient(http, token.token);
  const keys = {} as Record<Sender, string>;
  for (const sender of senders) {
    const { writeKey } = await client.call("POST", "/api/sources", {
      name: names[sender][ctx.garden.language],
      kind: sender === "site" ? "browser" : "server",
      consentCategories: usualCategories,
      ...(sender === "site" ? {} : { statedBasis }),
    });
    keys[sender] = writeKey;
  }
  return { client, keys, tokenId: token.id };
}
