import { z } from "zod";
import { type Context, Language, type Route, sourceNames } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { askablePurposes, isByHand, ledgerOf, Receipt, receiptOf, receiptPdf } from "../consent/index.ts";
import { idsOf } from "../identity/index.ts";
import { getCustomer } from "./customers.ts";
import { ConsentGiven, Noted, recordConsent, takeBackConsent } from "./record-consent.ts";

const Words = z.object({ en: z.string(), de: z.string() });
const Id = z.object({ id: z.string().max(40) });

/** What a customer was asked and said: the ledger of them, and a receipt. */
export function customerConsentRoutes(route: Route): void {
  const read = { right: "customers:read" } as const;
  const tag = "Consent";
  route({
    method: "GET",
    url: "/api/customers/:id/consents",
    access: read,
    tag,
    summary: "Everything that the ledger of consent holds about a customer, newest first",
    params: Id,
    reply: z.object({
      items: z.array(
        z.object({
          entry: z.number(),
          purpose: z.string(),
          act: z.enum(["answer", "asked", "expired", "retracted"]),
          granted: z.boolean().nullable(),
          basis: z.string(),
          origin: z.string(),
          source: z.string().nullable(),
          place: z.string().nullable(),
          actor: z.string().nullable(),
          proof: z.string().nullable(),
          wordingVersion: z.number().nullable(),
          /** The words of that version. */
          name: Words.nullable(),
          wording: Words.nullable(),
          at: z.string(),
          seq: z.number(),
          hash: z.string(),
          /** Noted by hand, and not taken back yet: whoever notes can take it back. */
          canBeTakenBack: z.boolean(),
          isTakenBack: z.boolean(),
        }),
      ),
    }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params }) => {
      const customer = await getCustomer(ctx, parseId("customer", params.id));
      const entries = await ledgerOf(ctx.pool, await idsOf(ctx.pool, customer.id));
      const names = await sourceNames(
        ctx.pool,
        entries.flatMap((entry) => entry.sourceId ?? []),
      );
      return {
        items: entries.map(({ id, customerId: _, sourceId, recordedAt: _recorded, hash, ...entry }) => ({
          ...entry,
          entry: id,
          source: sourceId === null ? null : (names.get(sourceId) ?? null),
          at: entry.at.toISOString(),
          hash: hash.toString("hex"),
          canBeTakenBack: entry.act === "answer" && isByHand(entry.origin) && !entry.isTakenBack,
        })),
      };
    },
  });

  route({
    method: "GET",
    url: "/api/customers/:id/consents/receipt",
    access: read,
    tag,
    summary: "A consent receipt of a customer, in the fields of ISO/IEC TS 27560",
    params: Id,
    query: z.object({ language: Language.optional() }),
    reply: Receipt,
    refusals: ["customer.missing"],
    handler: ({ ctx, params, query }) => receiptFor(ctx, params.id, query.language),
  });

  route({
    method: "GET",
    url: "/api/customers/:id/consents/receipt.pdf",
    access: read,
    tag,
    summary: "The same receipt as a PDF document",
    params: Id,
    query: z.object({ language: Language.optional() }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params, query, reply }) => {
      const receipt = await receiptFor(ctx, params.id, query.language);
      return reply
        .header("content-type", "application/pdf")
        .header("content-disposition", `attachment; filename="consent-${receipt.pii_principal_id}.pdf"`)
        .send(await receiptPdf(receipt, ctx.garden.timezone));
    },
  });

  const write = { right: "contacts:write" } as const;
  route({
    method: "POST",
    url: "/api/customers/:id/consents",
    access: write,
    tag,
    summary: "Note what a customer said to somebody, or wrote into a form of the brand's own",
    params: Id,
    body: ConsentGiven,
    reply: z.object({ state: Noted }),
    refusals: [
      "customer.missing",
      "purpose.missing",
      "consent.in_the_future",
      "consent.proof_missing",
      "consent.wording_missing",
      "consent.said_no",
      "consent.no_address",
    ],
    status: 201,
    handler: async ({ ctx, params, body }) => ({
      state: await recordConsent(ctx, parseId("customer", params.id), body),
    }),
  });

  route({
    method: "POST",
    url: "/api/customers/:id/consents/:entry/take-back",
    access: write,
    tag,
    summary: "Take back what was noted by hand, by a further entry: what stood before counts again",
    params: Id.extend({ entry: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    reply: z.object({ done: z.literal(true) }),
    refusals: ["customer.missing", "consent.entry_missing", "consent.not_by_hand", "consent.taken_back"],
    handler: async ({ ctx, params }) => {
      await takeBackConsent(ctx, parseId("customer", params.id), params.entry);
      return { done: true as const };
    },
  });

  route({
    method: "GET",
    url: "/api/consent/askable",
    access: write,
    tag,
    summary: "The purposes with every version of their words, for whoever notes an answer",
    reply: z.object({
      purposes: z.array(
        z.object({
          key: z.string(),
          name: Words,
          doubleOptIn: z.boolean(),
          /** Newest first. */
          wordings: z.array(z.object({ version: z.number(), wording: Words, since: z.date() })),
        }),
      ),
    }),
    handler: async ({ ctx }) => ({ purposes: await askablePurposes(ctx.pool) }),
  });
}

async function receiptFor(ctx: Context, id: string, language: Language | undefined): Promise<Receipt> {
  const customer = await getCustomer(ctx, parseId("customer", id));
  const ids = await idsOf(ctx.pool, customer.id);
  const who = { customerId: customer.id, ids, shownAs: publicId("customer", customer.id) };
  return receiptOf(ctx, who, language ?? ctx.garden.language);
}
