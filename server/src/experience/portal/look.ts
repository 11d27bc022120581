import { z } from "zod";
import { type Context, type Route, record } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { isLegible, type Palette, paletteOf, parseColour } from "./colour.ts";

const settingKey = "portal.colour";

/** The brand's colour as it was set, or null for Rondell's own. */
export async function colourOf(ctx: Context): Promise<string | null> {
  const row = await queryOne(
    ctx.pool,
    sql`select value from settings where key = ${settingKey}`,
    z.object({ value: z.string().nullable() }),
  );
  return row?.value ?? null;
}

/** What customers' pages wear; undefined without a colour of the brand. */
export async function paletteOfGarden(ctx: Context): Promise<Palette | undefined> {
  const colour = parseColour((await colourOf(ctx)) ?? "");
  return colour && paletteOf(colour);
}

/** Sets the colour of customers' pages, or takes it away. Refuses: look.colour_invalid, look.contrast_low. */
async function setColour(ctx: Context, text: string | null): Promise<void> {
  ctx.require("settings:write");
  if (text !== null) {
    const colour = parseColour(text);
    if (!colour) refuse("invalid", "look.colour_invalid", "Write the colour as #rrggbb.");
    if (!isLegible(colour)) {
      refuse(
        "invalid",
        "look.contrast_low",
        "This colour is too light: text in it needs a contrast of 4.5 to 1 on white. Choose a darker one.",
      );
    }
  }
  const before = await colourOf(ctx);
  await ctx.inTransaction(async (tx) => {
    await query(
      tx,
      sql`insert into settings (key, value, changed_at) values (${settingKey}, ${sql.json(text)}, ${ctx.now()})
        on conflict (key) do update set value = excluded.value, changed_at = excluded.changed_at`,
    );
    await record(tx, ctx, "portal.colour_changed", "portal", { colour: before }, { colour: text });
  });
}

/** How customers' pages look. */
export function lookRoutes(route: Route): void {
  const Look = z.object({ colour: z.string().nullable() });
  route({
    method: "GET",
    url: "/api/portal/look",
    access: "operator",
    tag: "Portal",
    summary: "The colour of customers' pages",
    reply: Look,
    refusals: ["garden.missing"],
    handler: async ({ ctx }) => ({ colour: await colourOf(ctx) }),
  });
  route({
    method: "PUT",
    url: "/api/portal/look",
    access: { right: "settings:write" },
    tag: "Portal",
    summary: "Set the colour of customers' pages",
    body: Look,
    reply: Look,
    refusals: ["look.colour_invalid", "look.contrast_low"],
    handler: async ({ ctx, body }) => {
      await setColour(ctx, body.colour);
      return { colour: await colourOf(ctx) };
    },
  });
}
