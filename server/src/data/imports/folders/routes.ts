import { z } from "zod";
import type { Route } from "../../../garden/index.ts";
import type { Staging } from "../files.ts";
import { StatedBasis } from "../model.ts";
import { Outcome } from "./outcome.ts";
import { keepDaysDefault, LastTaken } from "./store.ts";
import { Timetable } from "./timetable.ts";
import { listFolders, lookNow, removeFolder, type ShownFolder, saveFolder } from "./verbs.ts";

const Shown = z.object({
  mapping: z.string(),
  path: z.string(),
  timetable: Timetable.nullable(),
  currency: z.string().nullable(),
  timezone: z.string().nullable(),
  basis: StatedBasis,
  keepDays: z.number(),
  waiting: z.number(),
  last: LastTaken.nullable(),
  /** What the newest look that was due, or brought something, has brought so far. */
  look: Outcome.nullable(),
  /** Whether a look was asked for that has not been yet. */
  asked: z.boolean(),
  nextAt: z.string().nullable(),
});

const shown = (one: ShownFolder): z.input<typeof Shown> => ({
  mapping: one.mappingName,
  path: one.path,
  timetable: one.timetable,
  currency: one.currency,
  timezone: one.timezone,
  basis: one.basis,
  keepDays: one.keepDays,
  waiting: one.waiting,
  last: one.last,
  look: one.outcome,
  asked: one.askedAt !== null,
  nextAt: one.nextAt?.toISOString() ?? null,
});

const tag = "Imports";
const Name = z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/) });

/** Folders of the server whose files are imported by themselves. */
export function folderRoutes(route: Route, { staging }: { staging: Staging }): void {
  route({
    method: "GET",
    url: "/api/imports/folders",
    access: { right: "data:read" },
    tag,
    summary: "Watched folders: what waits in each, and what came of the last files",
    reply: z.object({ items: z.array(Shown) }),
    handler: async ({ ctx }) => ({ items: (await listFolders(ctx, staging)).map(shown) }),
  });
  route({
    method: "PUT",
    url: "/api/imports/folders/:name",
    access: { right: "data:write" },
    tag,
    summary: "Watch a folder for files of a mapping",
    description: "The server makes the folder within its data folder; a request never names a path.",
    params: Name,
    body: z.object({
      /** Null takes each file as it comes. */
      timetable: Timetable.nullable().default(null),
      currency: z.string().max(10).optional(),
      timezone: z.string().max(60).optional(),
      basis: StatedBasis.optional(),
      /** Days that files stay in `done` and `failed`. */
      keepDays: z.number().int().min(1).max(3650).default(keepDaysDefault),
    }),
    reply: Shown,
    refusals: [
      "mapping.missing",
      "folder.elsewhere",
      "import.currency_missing",
      "import.currency_unknown",
      "import.timezone_unknown",
      "basis.purpose_unknown",
      "basis.measure_missing",
    ],
    handler: async ({ ctx, params, body }) => shown(await saveFolder(ctx, staging, params.name, body)),
  });
  route({
    method: "POST",
    url: "/api/imports/folders/:name/look",
    access: { right: "data:write" },
    tag,
    summary: "Look into a folder now",
    description: "Within seconds, and beside its timetable. `look` tells afterwards what it brought.",
    params: Name,
    reply: Shown,
    refusals: ["folder.missing"],
    handler: async ({ ctx, params }) => shown(await lookNow(ctx, staging, params.name)),
  });
  route({
    method: "DELETE",
    url: "/api/imports/folders/:name",
    access: { right: "data:write" },
    tag,
    summary: "End the watch over a folder",
    params: Name,
    reply: z.object({ deleted: z.boolean() }),
    refusals: ["folder.missing"],
    handler: async ({ ctx, params }) => {
      await removeFolder(ctx, params.name);
      return { deleted: true };
    },
  });
}
