import type { Jobs } from "../../platform/jobs/index.ts";
import { type Context, record } from "../context.ts";
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
 * anew. Rates against the former currency say nothing of the new one: they become history.
 */
export async function changeSettings(
  ctx: Context,
  gardens: Gardens,
  jobs: Jobs,
  input: SettingsInput,
): Promise<{ garden: Garden; jobId: string | null }> {
  ctx.require("settings:write");
  const shown = ({ brand, language, currency, timezone }: Garden) => ({
    brand,
    language,
    currency,
    timezone,
  });
  let countsAnew = false;
  const garden = await gardens.change(ctx.garden.id, input, async (tx, before, after) => {
    countsAnew = before.currency !== after.currency || before.timezone !== after.timezone;
    await record(tx, ctx, "settings.changed", after.id, shown(before), shown(after));
    if (before.currency !== after.currency) await setRatesAside(tx, before.currency, ctx);
  });
  ctx.wake();
  return { garden, jobId: countsAnew ? await startRecompute(ctx, jobs) : null };
}
