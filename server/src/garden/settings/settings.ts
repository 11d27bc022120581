import type { Jobs } from "../../platform/jobs/index.ts";
import { withTransaction } from "../../platform/postgres/index.ts";
import { announce, type Context, record } from "../context.ts";
import type { Gardens } from "../gardens.ts";
import type { Garden, Language } from "../model.ts";
import { setRatesAside } from "./rates.ts";
import { startRecompute } from "./recompute.ts";

export interface SettingsInput {
  brand?: string;
  language?: Language;
  currency?: string;
  timezone?: string;
}

/**
 * Changes what the garden is called and how it counts. Another currency or zone starts the job that counts everything
 * anew, and announces `garden.recompute`. Rates against the former currency say nothing of the new one: they become history.
 */
export async function changeSettings(
  ctx: Context,
  gardens: Gardens,
  jobs: Jobs,
  input: SettingsInput,
): Promise<{ garden: Garden; jobId: string | null }> {
  ctx.require("settings:write");
  const before = ctx.garden;
  const garden = await gardens.change(before.id, input);
  const shown = ({ brand, language, currency, timezone }: Garden) => ({
    brand,
    language,
    currency,
    timezone,
  });
  const countsAnew = before.currency !== garden.currency || before.timezone !== garden.timezone;
  await withTransaction(ctx.pool, async (tx) => {
    await record(tx, ctx, "settings.changed", garden.id, shown(before), shown(garden));
    if (before.currency !== garden.currency) await setRatesAside(tx, before.currency, ctx.now());
    if (countsAnew) await announce(tx, "garden.recompute", { before: shown(before), after: shown(garden) });
  });
  ctx.wake();
  return { garden, jobId: countsAnew ? await startRecompute(ctx, jobs) : null };
}
