import { z } from "zod";
import type { Jobs } from "../../platform/jobs/index.ts";
import type { Gardens } from "../gardens.ts";
import { Brand, Currency, Language, ShownGarden, Timezone } from "../model.ts";
import type { Route } from "../route.ts";
import {
  addRates,
  listRates,
  listReplacedRates,
  parseRates,
  Rate,
  ReplacedRate,
  StoredRate,
} from "./rates.ts";
import { changeSettings } from "./settings.ts";

const Added = z.object({
  added: z.number(),
  /** The run that counts amounts anew; null when nothing changed. */
  jobId: z.string().nullable(),
});

/** The garden's settings and its exchange rates. */
export function settingsRoutes(route: Route, deps: { gardens: Gardens; jobs: Jobs }): void {
  const read = { right: "settings:read" } as const;
  const write = { right: "settings:write" } as const;

  route({
    method: "GET",
    url: "/api/settings",
    access: read,
    tag: "Settings",
    summary: "The garden: brand, language, currency, time zone",
    reply: ShownGarden,
    handler: async ({ ctx }) => ShownGarden.parse(ctx.garden),
  });
  route({
    method: "PATCH",
    url: "/api/settings",
    access: write,
    tag: "Settings",
    summary: "Change the garden; another currency or zone starts a job that counts everything anew",
    body: z.object({
      brand: Brand.optional(),
      language: Language.optional(),
      currency: Currency.optional(),
      timezone: Timezone.optional(),
    }),
    reply: z.object({ garden: ShownGarden, jobId: z.string().nullable() }),
    handler: async ({ ctx, body }) => {
      const { garden, jobId } = await changeSettings(ctx, deps.gardens, deps.jobs, body);
      return { garden: ShownGarden.parse(garden), jobId };
    },
  });

  route({
    method: "GET",
    url: "/api/exchange-rates",
    access: read,
    tag: "Settings",
    summary: "What other currencies were worth in the garden's, from a day on",
    reply: z.object({ base: z.string(), rates: z.array(StoredRate) }),
    handler: async ({ ctx }) => ({ base: ctx.garden.currency, rates: await listRates(ctx.pool) }),
  });
  route({
    method: "GET",
    url: "/api/exchange-rates/history",
    access: read,
    tag: "Settings",
    summary: "Rates that were replaced, or set aside with the currency they were against, the latest first",
    query: z.object({
      /** Only rates that were replaced before this one: the id that the last page ended with. */
      before: z.coerce.number().int().positive().optional(),
      max: z.coerce.number().int().min(1).max(500).default(50),
    }),
    reply: z.object({ rates: z.array(ReplacedRate), next: z.number().nullable() }),
    handler: async ({ ctx, query }) => {
      const rates = await listReplacedRates(ctx.pool, query);
      return { rates, next: rates.length === query.max ? rates.at(-1)!.id : null };
    },
  });
  route({
    method: "POST",
    url: "/api/exchange-rates",
    access: write,
    tag: "Settings",
    summary: "Add rates; a rate of the same currency and day is replaced and becomes history",
    body: z.object({ rates: z.array(Rate).min(1).max(10_000) }),
    reply: Added,
    refusals: ["rate.own_currency"],
    status: 201,
    handler: ({ ctx, body }) => addRates(ctx, deps.jobs, body.rates),
  });
  route({
    method: "POST",
    url: "/api/exchange-rates/csv",
    access: write,
    tag: "Settings",
    summary: "Add rates from the text of a CSV file with the columns currency, valid_from and rate",
    body: z.object({ csv: z.string().min(1).max(8_000_000) }),
    bodyLimit: 10_000_000,
    reply: Added,
    refusals: [
      "rate.file_unreadable",
      "rate.line_currency",
      "rate.line_day",
      "rate.line_rate",
      "rate.file_too_long",
      "rate.own_currency",
    ],
    status: 201,
    handler: ({ ctx, body }) => addRates(ctx, deps.jobs, parseRates(body.csv)),
  });
}
